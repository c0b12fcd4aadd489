"""Cases about level, workload and assessment: where the provider or a matched programme is not what the
credential says.
"""

from coverage_case import COVERED_A, PROGRAMME_A, Asked, Case, asking, into
from coverage_worlds import World, day, degree, local, micro

from mutua_contracts.registry import QfLevel

CASES: list[Case] = []
expects = into(CASES)


@expects("REFER", reports=("1",))
def level_that_the_provider_does_not_offer(world: World) -> Asked:
    world.report(1)
    return asking(level=8)


@expects(*COVERED_A, ("1",))
def levels_of_the_provider_not_known(world: World) -> Asked:
    world.provider(1, levels=())
    world.report(1)
    return asking(level=8)


@expects("REFER", reports=("1",))
def level_no_longer_offered_on_the_day(world: World) -> Asked:
    world.provider(1, levels=(7, QfLevel(eqf=6, valid_to=day("2024-06-15"))))
    world.report(1)
    return asking(on="2024-06-15")


@expects(*COVERED_A, ("1",))
def level_offered_for_the_last_day(world: World) -> Asked:
    world.provider(1, levels=(7, QfLevel(eqf=6, valid_to=day("2024-06-15"))))
    world.report(1)
    return asking(on="2024-06-14")


@expects("REFER", reports=("1",))
def attendance_only(world: World) -> Asked:
    world.report(1)
    return asking(assessment="attendance")


@expects(*PROGRAMME_A, ("1",))
def fifty_nine_credits(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=59),))
    return asking(programme="Data Literacy", ects="59")


@expects("REFER", reports=("1",))
def sixty_credits(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=60, type="other provision"),))
    return asking(programme="Data Literacy", ects="60")


@expects("REFER", reports=("1",))
def sixty_credits_that_call_themselves_micro(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=60),))
    return asking(programme="Data Literacy", ects="60")


@expects("REFER", reports=("1",))
def workload_not_in_the_registry(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=None),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1",))
def workload_not_stated(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(),))
    return asking(programme="Data Literacy", ects=None)


@expects("REFER", reports=("2",))
def programme_differs_although_the_provider_is_covered(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", programmes=(micro(ects=6),))
    return asking(programme="Data Literacy")


@expects(*PROGRAMME_A, ("1",))
def workload_rounds_to_the_registered_one(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=5),))
    return asking(programme="Data Literacy", ects="5.4")


@expects("REFER", reports=("1",))
def workload_rounds_to_another_one(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=5),))
    return asking(programme="Data Literacy", ects="5.6")


@expects(*PROGRAMME_A, ("1",))
def half_a_credit_rounded_down(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=2),))
    return asking(programme="Data Literacy", ects="2.5")


@expects(*PROGRAMME_A, ("1",))
def half_a_credit_rounded_up(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=3),))
    return asking(programme="Data Literacy", ects="2.5")


@expects("REFER", reports=("1",))
def programme_that_certifies_attendance(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(assessment="attendance"),))
    return asking(programme="Data Literacy", assessment=None)


@expects("REFER", reports=("1",))
def full_degree_of_equal_name_and_level(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(degree(),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1",))
def micro_credential_of_equal_name_for_a_degree(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(),))
    return asking(programme="Data Literacy", degree=True, ects="180")


@expects("REFER", reports=("1",))
def identifier_matches_but_the_level_differs(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(level=7, identifiers=(local("DL-1"),)),))
    return asking(ids=("DL-1",))


@expects("REFER", reports=("1",))
def level_not_stated_and_none_offered_on_the_day(world: World) -> Asked:
    world.provider(1, levels=(QfLevel(eqf=6, valid_to=day("2024-06-15")),))
    world.report(1)
    return asking(on="2024-06-15", level=None)


@expects("REFER", reports=("1",))
def attendance_of_a_degree(world: World) -> Asked:
    world.report(1)
    return asking(assessment="attendance", degree=True, ects="180")


@expects("REFER", reports=("2",))
def programme_differs_in_a_report_without_verdict(world: World) -> Asked:
    world.report(1)
    row = micro(assessment="attendance")
    world.report(2, kind="programme", decision="not applicable", programmes=(row,))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1",))
def fifty_nine_and_a_half_credits_registered_as_sixty(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(ects=60),))
    return asking(programme="Data Literacy", ects="59.5")
