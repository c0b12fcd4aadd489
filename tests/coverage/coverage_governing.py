"""Cases about which of several reports governs, and what its decision, status and flag mean."""

from coverage_case import COVERED_A, Asked, Case, asking, into
from coverage_worlds import World

CASES: list[Case] = []
expects = into(CASES)


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


@expects(*COVERED_A, ("1",))
def conditional_upgraded_in_place(world: World) -> Asked:
    """The registry keeps no history of it: what it says now counts."""
    world.report(1, decision="conditional")
    world.report(1)
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
