"""Cases about what a positive report is worth: the grade, the legal seat, and what its country requires."""

from coverage_case import COVERED_A, PROGRAMME_A, Asked, Case, asking, into
from coverage_worlds import BOTH, INSIDE, OUTSIDE, PROGRAMMES, World, day, degree, micro, name_of, seat

from mutua_contracts.registry import QaRequirement

CASES: list[Case] = []
expects = into(CASES)


@expects("COVERED", "B", "provider", ("1",))
def seat_outside_the_ehea(world: World) -> Asked:
    world.provider(1, seats=(seat(OUTSIDE),))
    world.report(1)
    return asking()


@expects("INDETERMINATE", reports=("1",))
def no_verified_seat(world: World) -> Asked:
    world.provider(1, seats=(seat(INSIDE, verified=False),))
    world.report(1)
    return asking()


@expects("INDETERMINATE", reports=("1",))
def seats_in_two_countries(world: World) -> Asked:
    world.provider(1, seats=(seat(INSIDE), seat(BOTH)))
    world.report(1)
    return asking()


@expects(*COVERED_A, ("1",))
def two_seats_in_one_country(world: World) -> Asked:
    world.provider(1, seats=(seat(INSIDE), seat(INSIDE)))
    world.report(1)
    return asking()


@expects(*COVERED_A, ("1",))
def seat_that_moved_before_the_award(world: World) -> Asked:
    world.provider(1, seats=(seat(OUTSIDE, end="2024-06-15"), seat(INSIDE, start="2024-06-15")))
    world.report(1)
    return asking(on="2024-06-15")


@expects("COVERED", "B", "provider", ("1",))
def seat_that_moved_one_day_after_the_award(world: World) -> Asked:
    world.provider(1, seats=(seat(OUTSIDE, end="2024-06-15"), seat(INSIDE, start="2024-06-15")))
    world.report(1)
    return asking(on="2024-06-14")


@expects("INDETERMINATE", reports=("1",))
def country_not_in_the_snapshot(world: World) -> Asked:
    world.provider(1, seats=(seat("XZ"),))
    world.report(1)
    return asking()


@expects("COVERED", "B", "provider", ("1",))
def no_seat_and_voluntary(world: World) -> Asked:
    """Only grade A asks for the seat; the permissions say what is not known."""
    world.provider(1, seats=())
    world.report(1, status="voluntary")
    return asking()


@expects("COVERED", "B", "programme", ("1",))
def other_provider_with_a_programme(world: World) -> Asked:
    world.provider(1, other_provider=True)
    world.report(1, kind="programme", status="voluntary", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects(*PROGRAMME_A, ("1",))
def mixed_report_for_the_institution(world: World) -> Asked:
    world.provider(2, other_provider=True)
    world.report(1, of=(1, 2), kind="joint programme", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects("COVERED", "B", "programme", ("1",))
def mixed_report_for_the_other_provider(world: World) -> Asked:
    world.provider(2, other_provider=True)
    world.report(1, of=(1, 2), kind="joint programme", programmes=(micro(),))
    return asking(provider=name_of(2), programme="Data Literacy")


@expects(*PROGRAMME_A, ("1",))
def joint_programme_for_the_partner_in_the_ehea(world: World) -> Asked:
    world.provider(2, seats=(seat(OUTSIDE),))
    world.report(1, of=(1, 2), kind="joint programme", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects("COVERED", "B", "programme", ("1",))
def joint_programme_for_the_partner_outside_the_ehea(world: World) -> Asked:
    world.provider(2, seats=(seat(OUTSIDE),))
    world.report(1, of=(1, 2), kind="joint programme", programmes=(micro(),))
    return asking(provider=name_of(2), programme="Data Literacy")


@expects("NOT_FOUND", reports=())
def joint_programme_for_a_partner_that_is_not_listed(world: World) -> Asked:
    world.provider(2)
    world.provider(3)
    world.report(1, of=(1, 2), kind="joint programme", programmes=(micro(),))
    return asking(provider=name_of(3), programme="Data Literacy")


@expects("EVIDENCE_ONLY", reports=("1",))
def degree_in_a_system_of_programme_accreditation(world: World) -> Asked:
    world.provider(1, seats=(seat(PROGRAMMES),))
    world.report(1)
    return asking(degree=True, ects="180")


@expects("EVIDENCE_ONLY", reports=("1",))
def degree_in_a_system_of_both(world: World) -> Asked:
    world.provider(1, seats=(seat(BOTH),))
    world.report(1)
    return asking(degree=True, ects="180")


@expects(*COVERED_A, ("1",))
def degree_in_a_system_of_institutional_accreditation(world: World) -> Asked:
    world.report(1)
    return asking(degree=True, ects="180")


def _requirement_changes(world: World) -> None:
    ended = QaRequirement(level="programme", valid_to=day("2024-06-14"))
    world.country(PROGRAMMES, True, ended, QaRequirement(level="institutional", valid_from=day("2024-06-15")))
    world.provider(1, seats=(seat(PROGRAMMES),))
    world.report(1)


@expects(*COVERED_A, ("1",))
def degree_on_the_day_after_the_requirement_ended(world: World) -> Asked:
    _requirement_changes(world)
    return asking(degree=True, ects="180", on="2024-06-15")


@expects("EVIDENCE_ONLY", reports=("1",))
def degree_on_the_last_day_of_the_requirement(world: World) -> Asked:
    _requirement_changes(world)
    return asking(degree=True, ects="180", on="2024-06-14")


@expects(*COVERED_A, ("1",))
def micro_credential_in_a_system_of_programme_accreditation(world: World) -> Asked:
    world.provider(1, seats=(seat(PROGRAMMES),))
    world.report(1)
    return asking()


@expects(*PROGRAMME_A, ("1",))
def degree_programme_with_its_own_report(world: World) -> Asked:
    world.provider(1, seats=(seat(PROGRAMMES),))
    world.report(1, kind="programme", programmes=(degree(),))
    return asking(programme="Data Literacy", degree=True, ects="180")


@expects("INDETERMINATE", reports=("1",))
def degree_where_no_requirement_is_known(world: World) -> Asked:
    world.country(INSIDE, True, QaRequirement(level="institutional", valid_to=day("2024-06-14")))
    world.report(1)
    return asking(degree=True, ects="180", on="2024-06-15")


@expects(*COVERED_A, ("1",))
def micro_credential_where_no_requirement_is_known(world: World) -> Asked:
    world.country(INSIDE, True)
    world.report(1)
    return asking()
