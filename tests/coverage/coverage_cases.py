"""Every edge case of the rule with the answer that is right, as data: the tests of the rule run over
them, and the test that wrong rules are caught.

A case changes the small world and returns what is asked; `expects` says outcome, grade, scope and governing
reports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coverage_worlds import (
    BOTH,
    INSIDE,
    OUTSIDE,
    PROGRAMMES,
    World,
    above,
    below,
    day,
    degree,
    history,
    identifier,
    local,
    micro,
    name_of,
    seat,
)

from mutua_contracts.registry import QaRequirement, QfLevel
from mutua_coverage import Coverage, Identifier

Asked = dict[str, Any]
Build = Callable[[World], Asked]


@dataclass(frozen=True)
class Case:
    name: str
    build: Build
    outcome: str
    grade: str | None
    scope: str | None
    reports: tuple[str, ...] | None
    """None: any."""

    def answer(self) -> Coverage:
        world = World()
        asked = self.build(world)
        return world.ask(**asked)

    def holds(self) -> bool:
        return self.right(self.answer())

    def right(self, answer: Coverage) -> bool:
        found = (
            answer.outcome.value,
            answer.grade and answer.grade.value,
            answer.scope and answer.scope.value,
        )
        reports = answer.reports if self.reports is None else self.reports
        return found == (self.outcome, self.grade, self.scope) and answer.reports == reports


CASES: list[Case] = []


def expects(
    outcome: str, grade: str | None = None, scope: str | None = None, reports: tuple[str, ...] | None = None
) -> Callable[[Build], Build]:
    def register(build: Build) -> Build:
        CASES.append(Case(build.__name__, build, outcome, grade, scope, reports))
        return build

    return register


def asking(**asked: Any) -> Asked:
    return asked


COVERED_A = ("COVERED", "A", "provider")
PROGRAMME_A = ("COVERED", "A", "programme")


# -- the window of a report -------------------------------------------------------------------------


@expects(*COVERED_A, ("1",))
def award_on_the_last_day(world: World) -> Asked:
    world.report(1, "2020-01-01", "2024-06-15")
    return asking(on="2024-06-15")


@expects("EXPIRED", reports=("1",))
def award_one_day_after_the_last_day(world: World) -> Asked:
    world.report(1, "2020-01-01", "2024-06-15")
    return asking(on="2024-06-16")


@expects(*COVERED_A, ("1",))
def award_on_the_first_day(world: World) -> Asked:
    world.report(1, "2024-06-15")
    return asking(on="2024-06-15")


@expects("NOT_YET", reports=("1",))
def award_one_day_before_the_first_day(world: World) -> Asked:
    world.report(1, "2024-06-15")
    return asking(on="2024-06-14")


@expects(*COVERED_A, ("1",))
def no_end_six_years_less_a_day(world: World) -> Asked:
    world.report(1, "2018-06-15", None)
    return asking(on="2024-06-14")


@expects(*COVERED_A, ("1",))
def no_end_six_years_exactly(world: World) -> Asked:
    world.report(1, "2018-06-15", None)
    return asking(on="2024-06-15")


@expects("EXPIRED", reports=("1",))
def no_end_six_years_and_a_day(world: World) -> Asked:
    world.report(1, "2018-06-15", None)
    return asking(on="2024-06-16")


@expects(*COVERED_A, ("1",))
def leap_day_without_end_on_the_first_of_march(world: World) -> Asked:
    world.report(1, "2016-02-29", None)
    return asking(on="2022-03-01")


@expects("EXPIRED", reports=("1",))
def leap_day_without_end_on_the_second_of_march(world: World) -> Asked:
    world.report(1, "2016-02-29", None)
    return asking(on="2022-03-02")


@expects("NOT_YET", reports=("1",))
def future_report_that_the_registry_calls_valid(world: World) -> Asked:
    """The registry's `report_valid` does not look at the first day."""
    world.report(1, "2030-01-01", "2036-01-01")
    return asking()


@expects("EXPIRED", reports=("1",))
def one_ended_before_and_one_starts_after(world: World) -> Asked:
    world.report(1, "2015-01-01", "2020-01-01")
    world.report(2, "2025-01-01")
    return asking()


@expects("NOT_FOUND", reports=())
def no_reports_at_all(world: World) -> Asked:
    return asking()


# -- the agency's registration ----------------------------------------------------------------------


@expects(*COVERED_A, ("1",))
def agency_expired_between_start_and_award(world: World) -> Asked:
    world.agency(1, "2010-01-01", "2023-01-01", registered=False)
    world.report(1, "2022-01-01")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def agency_registered_after_the_start(world: World) -> Asked:
    world.agency(1, "2022-01-02")
    world.report(1, "2022-01-01")
    return asking()


@expects(*COVERED_A, ("1",))
def agency_registered_on_the_very_start(world: World) -> Asked:
    world.agency(1, "2022-01-01")
    world.report(1, "2022-01-01")
    return asking()


@expects(*COVERED_A, ("1",))
def agency_registered_until_the_very_start(world: World) -> Asked:
    world.agency(1, "2010-01-01", "2022-01-01")
    world.report(1, "2022-01-01")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def agency_expired_one_day_before_the_start(world: World) -> Asked:
    world.agency(1, "2010-01-01", "2021-12-31")
    world.report(1, "2022-01-01")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def gap_between_two_registrations(world: World) -> Asked:
    world.agency(1, "2023-01-01", decisions=(("admission", "2015-01-01"), ("admission", "2023-01-01")))
    world.report(1, "2021-06-01")
    return asking()


@expects(*COVERED_A, ("1",))
def earlier_registration_shown_by_a_renewal(world: World) -> Asked:
    world.agency(1, "2023-01-01", decisions=(("admission", "2018-01-01"), ("renewal", "2023-01-01")))
    world.report(1, "2021-06-01")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def renewal_too_late_to_show_an_earlier_registration(world: World) -> Asked:
    world.agency(1, "2023-01-01", decisions=(("admission", "2015-01-01"), ("renewal", "2023-01-01")))
    world.report(1, "2021-06-01")
    return asking()


@expects(*COVERED_A, ("1",))
def merged_agency_while_it_was_registered(world: World) -> Asked:
    """Merged on 2022-07-01: what the old agency decided before stays."""
    world.agency(1, "2010-01-01", "2022-06-30", registered=False, decisions=(("change", "2022-07-01"),))
    world.report(1, "2022-06-30")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def merged_agency_after_it_ended(world: World) -> Asked:
    world.agency(1, "2010-01-01", "2022-06-30", registered=False, decisions=(("change", "2022-07-01"),))
    world.report(1, "2022-07-01")
    return asking()


@expects(*COVERED_A, ("1",))
def agency_of_a_merger_in_its_two_provisional_years(world: World) -> Asked:
    world.agency(2, "2022-07-01", "2024-06-30", decisions=(("extraordinary", "2022-07-01"),))
    world.report(1, "2023-01-01", agency=2)
    return asking(on="2024-07-01")


@expects("INDETERMINATE", reports=("1",))
def agency_registered_from_an_unknown_day(world: World) -> Asked:
    world.agency(1, None)
    world.report(1)
    return asking()


@expects("INDETERMINATE", reports=("1",))
def agency_removed_on_an_unknown_day(world: World) -> Asked:
    world.agency(1, "2010-01-01", None, registered=False)
    world.report(1)
    return asking()


@expects("INDETERMINATE", reports=("1",))
def agency_gone_from_the_registry(world: World) -> Asked:
    world.agency(1, gone=True)
    world.report(1)
    return asking()


@expects("INDETERMINATE", reports=("1",))
def agency_not_in_the_snapshot(world: World) -> Asked:
    world.report(1, agency=77)
    return asking()


@expects(*COVERED_A, ("1",))
def contributing_agency_does_not_matter(world: World) -> Asked:
    world.agency(2, "2030-01-01")
    world.report(1, contributing=(2, 77))
    return asking()


@expects("INDETERMINATE", reports=("2",))
def newer_negative_of_an_uncertain_agency(world: World) -> Asked:
    world.agency(2, "2024-01-01")
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", decision="negative", agency=2)
    return asking()


@expects(*COVERED_A, ("1",))
def newer_positive_of_an_uncertain_agency_changes_nothing(world: World) -> Asked:
    world.agency(2, "2024-01-01")
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", agency=2)
    return asking()


@expects("COVERED", "B", "provider", ("2",))
def uncertain_voluntary_one_promises_the_lesser_grade(world: World) -> Asked:
    world.agency(2, "2024-01-01")
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", agency=2, status="voluntary")
    return asking()


@expects(*COVERED_A, ("3",))
def uncertain_older_one_changes_nothing(world: World) -> Asked:
    world.agency(2, "2024-01-01")
    world.report(1, "2020-01-01", decision="negative", agency=2)
    world.report(3, "2022-01-01")
    return asking()


# -- which report governs, and what it decides ------------------------------------------------------


@expects("NOT_COVERED", None, "provider", ("2",))
def newer_negative_ends_an_older_positive(world: World) -> Asked:
    world.report(1, "2020-01-01")
    world.report(2, "2023-01-01", decision="negative")
    return asking()


@expects(*COVERED_A, ("1",))
def negative_that_starts_after_the_award(world: World) -> Asked:
    world.report(1, "2020-01-01")
    world.report(2, "2024-06-16", decision="negative")
    return asking()


@expects(*COVERED_A, ("2",))
def newer_positive_after_a_negative(world: World) -> Asked:
    world.report(1, "2020-01-01", decision="negative")
    world.report(2, "2023-01-01")
    return asking()


@expects(*COVERED_A, ("10",))
def two_reports_of_one_day_the_greater_id_governs(world: World) -> Asked:
    """As numbers: 10 is greater than 9."""
    world.report(9, decision="negative")
    world.report(10)
    return asking()


@expects("NOT_COVERED", None, "provider", ("10",))
def two_reports_of_one_day_the_negative_has_the_greater_id(world: World) -> Asked:
    world.report(9)
    world.report(10, decision="negative")
    return asking()


@expects("COVERED_CONDITIONAL", "A", "provider", ("1",))
def conditions(world: World) -> Asked:
    world.report(1, decision="conditional")
    return asking()


@expects(*COVERED_A, ("2",))
def conditional_upgraded_by_a_newer_report(world: World) -> Asked:
    world.report(1, "2020-01-01", decision="conditional")
    world.report(2, "2022-01-01")
    return asking()


@expects("EVIDENCE_ONLY", reports=("1",))
def not_applicable_is_no_verdict(world: World) -> Asked:
    world.report(1, decision="not applicable")
    return asking()


@expects("EVIDENCE_ONLY", reports=("2",))
def newest_governs_even_without_a_verdict(world: World) -> Asked:
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", decision="not applicable")
    return asking()


@expects("COVERED", "B", "provider", ("1",))
def voluntary(world: World) -> Asked:
    world.report(1, status="voluntary")
    return asking()


@expects("REFER", reports=("1", "2"))
def negative_voluntary_does_not_override_an_obligatory_positive(world: World) -> Asked:
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", decision="negative", status="voluntary")
    return asking()


@expects("REFER", reports=("1", "2"))
def positive_voluntary_does_not_override_an_obligatory_negative(world: World) -> Asked:
    world.report(1, "2020-01-01", decision="negative")
    world.report(2, "2022-01-01", status="voluntary")
    return asking()


@expects("NOT_COVERED", None, "provider", ("1",))
def negative_voluntary_alone(world: World) -> Asked:
    world.report(1, decision="negative", status="voluntary")
    return asking()


@expects("NOT_COVERED", None, "provider", ("2",))
def negative_voluntary_after_a_voluntary_positive(world: World) -> Asked:
    world.report(1, "2020-01-01", status="voluntary")
    world.report(2, "2022-01-01", decision="negative", status="voluntary")
    return asking()


@expects("NOT_FOUND", reports=())
def high_flag(world: World) -> Asked:
    world.report(1, flag="high")
    return asking()


@expects("NOT_FOUND", reports=())
def high_flag_set_after_the_facts_were_kept(world: World) -> Asked:
    """The last good facts say no flag; that the registry withholds the report now is what counts."""
    world.report(1, flag="none", withheld=True)
    return asking()


@expects(*COVERED_A, ("1",))
def high_flag_on_a_newer_negative(world: World) -> Asked:
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", decision="negative", flag="high")
    return asking()


@expects(*COVERED_A, ("1",))
def low_flag_is_a_note(world: World) -> Asked:
    world.report(1, flag="low")
    return asking()


@expects("NOT_FOUND", reports=())
def report_gone(world: World) -> Asked:
    world.report(1, gone=True)
    return asking()


@expects("NOT_FOUND", reports=())
def report_reassigned_to_another_institution(world: World) -> Asked:
    world.provider(2)
    world.report(1)
    world.report(1, of=(2,))
    return asking()


@expects("INDETERMINATE", reports=("1",))
def decision_of_an_unknown_code(world: World) -> Asked:
    world.report(1, decision="suspended")
    return asking()


@expects("INDETERMINATE", reports=("2",))
def newer_report_of_an_unknown_type(world: World) -> Asked:
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", kind="department")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def flag_of_an_unknown_code(world: World) -> Asked:
    world.report(1, flag="orange")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def status_of_an_unknown_code(world: World) -> Asked:
    world.report(1, status="semi-obligatory")
    return asking()


# -- grade and country ------------------------------------------------------------------------------


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


@expects(*COVERED_A, ("1",))
def degree_on_the_day_after_the_requirement_ended(world: World) -> Asked:
    ended = QaRequirement(level="programme", valid_to=day("2024-06-14"))
    world.country(PROGRAMMES, True, ended)
    world.provider(1, seats=(seat(PROGRAMMES),))
    world.report(1)
    return asking(degree=True, ects="180", on="2024-06-15")


@expects("EVIDENCE_ONLY", reports=("1",))
def degree_on_the_last_day_of_the_requirement(world: World) -> Asked:
    ended = QaRequirement(level="programme", valid_to=day("2024-06-14"))
    world.country(PROGRAMMES, True, ended)
    world.provider(1, seats=(seat(PROGRAMMES),))
    world.report(1)
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


# -- level, programme and workload ------------------------------------------------------------------


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
def programme_by_name_and_level(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(names=("Something", "DATA  literacy")),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=())
def programme_of_equal_name_at_another_level(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(level=7),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=())
def programme_of_a_like_name(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(names=("Data Literacy II",)),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=())
def programme_of_equal_name_without_level(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(level=None),))
    return asking(programme="Data Literacy", level=None)


@expects(*PROGRAMME_A, ("1",))
def programme_by_local_identifier(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(names=("X",), identifiers=(local("DL-1"),)),))
    return asking(programme="Data Literacy", ids=("DL-1",))


@expects("REFER", reports=())
def programme_identifier_of_another_agency(world: World) -> Asked:
    row = micro(names=("X",), identifiers=(local("DL-1"),))
    world.report(1, kind="programme", programmes=(row,))
    return asking(programme="Data Literacy", ids=(Identifier("", "DL-1", agency="A2"),))


@expects(*PROGRAMME_A, ("1",))
def programme_identifier_of_the_agency_by_its_acronym(world: World) -> Asked:
    row = micro(names=("X",), identifiers=(local("DL-1", agency="1"),))
    world.report(1, kind="programme", programmes=(row,))
    return asking(ids=(Identifier("local identifier", "dl-1", agency="A1"),))


@expects("REFER", reports=())
def empty_names_and_identifiers_match_nothing(world: World) -> Asked:
    row = micro(names=(" ",), identifiers=(local(" "),))
    world.report(1, kind="programme", programmes=(row,))
    return asking(programme=" ", ids=("",))


@expects("REFER", reports=())
def programme_identifier_that_two_agencies_use(world: World) -> Asked:
    world.agency(2)
    for number in (1, 2):
        row = micro(names=(f"X{number}",), identifiers=(local("17"),))
        world.report(number, kind="programme", agency=number, programmes=(row,))
    return asking(ids=("17",))


@expects("NOT_FOUND", reports=())
def only_programme_reports_and_no_programme_asked(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(),))
    return asking()


@expects(*COVERED_A, ("2",))
def other_programmes_do_not_disturb_the_provider(world: World) -> Asked:
    world.report(1, kind="programme", decision="negative", programmes=(micro(names=("Law",)),))
    world.report(2)
    return asking(programme="Data Literacy")


@expects("EXPIRED", reports=("1",))
def programme_report_that_ended(world: World) -> Asked:
    world.report(1, "2015-01-01", "2020-01-01", kind="programme", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects("NOT_COVERED", None, "programme", ("2",))
def negative_on_the_programme_beats_the_provider(world: World) -> Asked:
    world.report(1, "2023-01-01")
    world.report(2, "2022-01-01", kind="programme", decision="negative", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects("NOT_COVERED", None, "programme", ("2",))
def negative_on_the_programme_whatever_workload_is_claimed(world: World) -> Asked:
    world.report(1, "2023-01-01")
    world.report(2, "2022-01-01", kind="programme", decision="negative", programmes=(micro(),))
    return asking(programme="Data Literacy", ects="6")


@expects("REFER", reports=("1", "2"))
def negative_voluntary_on_the_programme_of_an_obligatory_provider(world: World) -> Asked:
    world.report(1)
    world.report(
        2, "2023-01-01", kind="programme", decision="negative", status="voluntary", programmes=(micro(),)
    )
    return asking(programme="Data Literacy")


@expects("REFER", reports=("2",))
def negative_on_a_programme_that_may_be_it(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", decision="negative", programmes=(micro(level=None),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1", "2"))
def negative_on_the_provider_of_a_covered_programme(world: World) -> Asked:
    world.report(1, "2022-01-01", kind="programme", programmes=(micro(),))
    world.report(2, "2023-01-01", decision="negative")
    return asking(programme="Data Literacy")


@expects("NOT_COVERED", None, "provider", ("2",))
def negative_on_the_provider_of_a_programme_that_differs(world: World) -> Asked:
    world.report(1, "2022-01-01", kind="programme", programmes=(micro(ects=6),))
    world.report(2, "2023-01-01", decision="negative")
    return asking(programme="Data Literacy")


@expects(*COVERED_A, ("1",))
def voluntary_programme_and_obligatory_provider(world: World) -> Asked:
    """For a micro-credential, the provider at grade A is enough."""
    world.report(1)
    world.report(2, kind="programme", status="voluntary", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects(*PROGRAMME_A, ("2",))
def programme_and_provider_alike(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects("COVERED_CONDITIONAL", "A", "programme", ("2",))
def conditions_on_the_programme_of_a_covered_provider(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", decision="conditional", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects(*COVERED_A, ("1",))
def no_verdict_on_the_programme_of_a_covered_provider(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", decision="not applicable", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects(*PROGRAMME_A, ("1",))
def institutional_and_programme_report_for_its_programme(world: World) -> Asked:
    world.report(1, kind="institutional/programme", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects("EVIDENCE_ONLY", reports=("1",))
def institutional_and_programme_report_for_the_provider(world: World) -> Asked:
    world.report(1, kind="institutional/programme", programmes=(micro(names=("Law",)),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1", "2"))
def newer_negative_of_weaker_evidence(world: World) -> Asked:
    world.report(1, "2022-01-01")
    world.report(2, "2023-01-01", kind="institutional/programme", decision="negative")
    return asking()


@expects(*COVERED_A, ("2",))
def older_negative_of_weaker_evidence(world: World) -> Asked:
    world.report(1, "2022-01-01", kind="institutional/programme", decision="negative")
    world.report(2, "2023-01-01")
    return asking()


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


# -- which provider ---------------------------------------------------------------------------------


@expects("NOT_FOUND", reports=())
def provider_unknown(world: World) -> Asked:
    world.report(1)
    return asking(provider="DEQARINST9999")


@expects("NOT_FOUND", reports=())
def provider_gone(world: World) -> Asked:
    world.provider(1, gone=True)
    world.report(1)
    return asking()


@expects("INDETERMINATE", reports=())
def one_erasmus_code_on_two_providers(world: World) -> Asked:
    for number in (1, 2):
        world.provider(number, identifiers=(identifier("Erasmus", "X  LISVIK01"),))
    world.report(1)
    return asking(provider="Erasmus:X LISVIK01")


@expects(*COVERED_A, ("1",))
def erasmus_code_that_the_other_provider_lost(world: World) -> Asked:
    world.provider(1, identifiers=(identifier("Erasmus", "X  LISVIK01", start="2020-01-01"),))
    world.provider(2, identifiers=(identifier("Erasmus", "X  LISVIK01", end="2020-01-01"),))
    world.report(1)
    return asking(provider="Erasmus:x lisvik01")


@expects("NOT_FOUND", reports=())
def identifier_that_ended_on_the_award_date(world: World) -> Asked:
    world.provider(1, identifiers=(identifier("SCHAC", "univ-lisvik.example", end="2024-06-15"),))
    world.report(1)
    return asking(provider="SCHAC:univ-lisvik.example", on="2024-06-15")


@expects(*COVERED_A, ("1",))
def provider_by_eter_id(world: World) -> Asked:
    world.provider(1, identifiers=(identifier("ETER", "XA0001"),))
    world.report(1)
    return asking(provider="XA0001")


@expects("INDETERMINATE", reports=())
def identifiers_of_different_providers(world: World) -> Asked:
    world.provider(2, identifiers=(identifier("ETER", "XA0002"),))
    world.report(1)
    return asking(provider=(Identifier("DEQARINST", name_of(1)), Identifier("ETER", "XA0002")))


@expects(*COVERED_A, ("1",))
def identifiers_that_agree_on_one_provider(world: World) -> Asked:
    world.provider(1, identifiers=(identifier("Erasmus", "X  LISVIK01"), identifier("ETER", "XA0001")))
    world.provider(2, identifiers=(identifier("Erasmus", "X  LISVIK01"),))
    world.report(1)
    return asking(provider=(Identifier("Erasmus", "X LISVIK01"), Identifier("ETER", "XA0001")))


@expects("INDETERMINATE", reports=())
def provider_closed_before_the_award(world: World) -> Asked:
    world.provider(1, closed="2024-06-14", relations=(history("succeeded by", 2, "2024-06-14"),))
    world.report(1)
    return asking(on="2024-06-15")


@expects(*COVERED_A, ("1",))
def provider_closed_on_the_award_date(world: World) -> Asked:
    world.provider(1, closed="2024-06-15")
    world.report(1)
    return asking(on="2024-06-15")


@expects("INDETERMINATE", reports=())
def provider_founded_after_the_award(world: World) -> Asked:
    world.provider(1, founded="2024-06-16")
    world.report(1)
    return asking(on="2024-06-15")


@expects(*COVERED_A, ("1",))
def provider_founded_on_the_award_date(world: World) -> Asked:
    world.provider(1, founded="2024-06-15")
    world.report(1)
    return asking(on="2024-06-15")


# -- paths ------------------------------------------------------------------------------------------


def _succession(world: World, on: str = "2023-01-01", kind: str = "succeeded") -> None:
    world.provider(1, relations=(history(kind, 2, on),))
    world.provider(2, closed=on)


@expects(*COVERED_A, ("1",))
def report_of_a_predecessor(world: World) -> Asked:
    _succession(world)
    world.report(1, "2020-01-01", "2026-01-01", of=(2,))
    return asking()


@expects(*COVERED_A, ("1",))
def succession_on_the_award_date(world: World) -> Asked:
    _succession(world, "2024-06-15")
    world.report(1, "2020-01-01", "2026-01-01", of=(2,))
    return asking(on="2024-06-15")


@expects("NOT_FOUND", reports=())
def succession_one_day_after_the_award(world: World) -> Asked:
    _succession(world, "2024-06-15")
    world.report(1, "2020-01-01", "2026-01-01", of=(2,))
    return asking(on="2024-06-14")


@expects("NOT_FOUND", reports=())
def predecessors_report_ended_one_day_before_the_succession(world: World) -> Asked:
    _succession(world, "2023-01-01")
    world.report(1, "2018-01-01", "2022-12-31", of=(2,))
    return asking()


@expects("EXPIRED", reports=("1",))
def predecessors_report_ended_on_the_day_of_the_succession(world: World) -> Asked:
    _succession(world, "2023-01-01")
    world.report(1, "2018-01-01", "2023-01-01", of=(2,))
    return asking()


@expects("NOT_COVERED", None, "provider", ("2",))
def own_negative_is_newer_than_the_predecessors_positive(world: World) -> Asked:
    _succession(world)
    world.report(1, "2020-01-01", "2026-01-01", of=(2,))
    world.report(2, "2023-06-01", decision="negative")
    return asking()


@expects("REFER", reports=("1",))
def succession_without_a_date(world: World) -> Asked:
    world.provider(1, relations=(history("succeeded", 2, None),))
    world.provider(2)
    world.report(1, of=(2,))
    return asking()


@expects("REFER", reports=("1",))
def succession_that_both_claim(world: World) -> Asked:
    """The registry once told the direction wrongly."""
    world.provider(1, relations=(history("succeeded", 2, "2023-01-01"),))
    world.provider(2, relations=(history("succeeded", 1, "2023-01-01"),))
    world.report(1, of=(2,))
    return asking()


@expects("NOT_FOUND", reports=())
def successors_report_says_nothing_about_the_predecessor(world: World) -> Asked:
    world.provider(1, relations=(history("succeeded by", 2, "2023-01-01"),))
    world.provider(2, relations=(history("succeeded", 1, "2023-01-01"),))
    world.report(1, of=(2,))
    return asking()


@expects("REFER", reports=("1",))
def absorbed_college(world: World) -> Asked:
    _succession(world, kind="absorbed")
    world.report(1, "2020-01-01", "2026-01-01", of=(2,))
    return asking()


@expects(*COVERED_A, ("2",))
def absorbed_college_of_a_covered_absorber(world: World) -> Asked:
    _succession(world, kind="absorbed")
    world.report(1, "2020-01-01", "2026-01-01", of=(2,), decision="negative")
    world.report(2)
    return asking()


@expects("REFER", reports=("1",))
def chain_absorbed_then_succeeded(world: World) -> Asked:
    """A (3) was absorbed by B (2), which C (1) succeeded."""
    world.provider(1, relations=(history("succeeded", 2, "2023-01-01"),))
    world.provider(2, relations=(history("absorbed", 3, "2022-06-01"),))
    world.provider(3)
    world.report(1, "2020-01-01", "2026-01-01", of=(3,))
    return asking()


@expects("REFER", reports=("1",))
def chain_of_two_successions(world: World) -> Asked:
    world.provider(1, relations=(history("succeeded", 2, "2023-01-01"),))
    world.provider(2, relations=(history("succeeded", 3, "2022-06-01"),))
    world.provider(3)
    world.report(1, "2020-01-01", "2026-01-01", of=(3,))
    return asking()


@expects("NOT_FOUND", reports=())
def spun_off(world: World) -> Asked:
    world.provider(1, relations=(history("was spun off from", 2, "2023-01-01"),))
    world.provider(2)
    world.report(1, of=(2,))
    return asking()


@expects(*COVERED_A, ("1",))
def alliances_report_for_its_own_provision(world: World) -> Asked:
    world.provider(1, relations=(above("alliance", 5, "2023-01-01"),))
    world.provider(5)
    world.report(1, of=(5,))
    return asking(alliance=5)


@expects("NOT_FOUND", reports=())
def alliances_report_for_a_members_own_credential(world: World) -> Asked:
    world.provider(1, relations=(above("alliance", 5, "2023-01-01"),))
    world.provider(5)
    world.report(1, of=(5,))
    return asking()


@expects("INDETERMINATE", reports=("1",))
def alliance_without_a_seat(world: World) -> Asked:
    world.provider(1, relations=(above("alliance", 5, "2023-01-01"),))
    world.provider(5, seats=(seat(INSIDE, verified=False),))
    world.report(1, of=(5,))
    return asking(alliance=5)


@expects("COVERED", "B", "provider", ("1",))
def alliances_report_for_a_member_outside_the_ehea(world: World) -> Asked:
    world.provider(1, seats=(seat(OUTSIDE),), relations=(above("alliance", 5, "2023-01-01"),))
    world.provider(5)
    world.report(1, of=(5,))
    return asking(alliance=5)


@expects("NOT_FOUND", reports=())
def alliance_left_on_the_award_date(world: World) -> Asked:
    """The end is the first day outside."""
    world.provider(1, relations=(above("alliance", 5, "2020-01-01", "2024-06-15"),))
    world.provider(5)
    world.report(1, of=(5,))
    return asking(alliance=5, on="2024-06-15")


@expects(*COVERED_A, ("1",))
def alliance_left_one_day_after_the_award(world: World) -> Asked:
    world.provider(1, relations=(above("alliance", 5, "2020-01-01", "2024-06-15"),))
    world.provider(5)
    world.report(1, of=(5,))
    return asking(alliance=5, on="2024-06-14")


@expects("NOT_FOUND", reports=())
def alliance_that_the_provider_is_no_member_of(world: World) -> Asked:
    world.provider(5)
    world.report(1, of=(5,))
    return asking(alliance=5)


@expects("REFER", reports=("2", "1"))
def alliance_refused_and_member_covered(world: World) -> Asked:
    world.provider(1, relations=(above("alliance", 5),))
    world.provider(5)
    world.report(1, of=(5,), decision="negative")
    world.report(2)
    return asking(alliance=5)


@expects(*COVERED_A, ("1",))
def faculty_under_its_parent(world: World) -> Asked:
    world.provider(1, relations=(above("faculty", 2),))
    world.provider(2)
    world.report(1, of=(2,))
    return asking()


@expects("NOT_FOUND", reports=())
def faculty_under_a_parent_with_programme_reports_only(world: World) -> Asked:
    world.provider(1, relations=(above("faculty", 2),))
    world.provider(2)
    world.report(1, of=(2,), kind="programme", programmes=(micro(),))
    world.report(2, of=(2,), kind="institutional/programme", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects("NOT_COVERED", None, "provider", ("1",))
def faculty_with_its_own_negative_report(world: World) -> Asked:
    world.provider(1, relations=(above("faculty", 2),))
    world.provider(2)
    world.report(1, decision="negative")
    world.report(2, of=(2,))
    return asking()


@expects(*COVERED_A, ("2",))
def faculty_with_weaker_evidence_of_its_own(world: World) -> Asked:
    world.provider(1, relations=(above("faculty", 2),))
    world.provider(2)
    world.report(1, kind="institutional/programme")
    world.report(2, of=(2,))
    return asking()


@expects("REFER", reports=("1",))
def independent_faculty_under_its_parent(world: World) -> Asked:
    world.provider(1, relations=(above("independent faculty or school", 2),))
    world.provider(2)
    world.report(1, of=(2,))
    return asking()


@expects("NOT_FOUND", reports=())
def parent_of_a_covered_faculty(world: World) -> Asked:
    world.provider(1, relations=(below("faculty", 2),))
    world.provider(2, relations=(above("faculty", 1),))
    world.report(1, of=(2,))
    return asking()


@expects("NOT_FOUND", reports=())
def consortium_parent_of_covered_members(world: World) -> Asked:
    world.provider(1, relations=(below("consortium", 2), below("consortium", 3)))
    for number in (2, 3):
        world.provider(number, relations=(above("consortium", 1),))
        world.report(number, of=(number,))
    return asking()


@expects("NOT_FOUND", reports=())
def member_of_a_covered_consortium(world: World) -> Asked:
    world.provider(1, relations=(above("consortium", 2),))
    world.provider(2)
    world.report(1, of=(2,))
    return asking()


@expects("NOT_FOUND", reports=())
def franchise_of_a_covered_institution(world: World) -> Asked:
    world.provider(1, relations=(above("franchise or validation", 2),))
    world.provider(2)
    world.report(1, of=(2,))
    return asking()


@expects("NOT_FOUND", reports=())
def platform_only(world: World) -> Asked:
    world.provider(2)
    world.report(1, of=(2,), kind="programme", platforms=(1,), programmes=(micro(),))
    return asking(programme="Data Literacy")
