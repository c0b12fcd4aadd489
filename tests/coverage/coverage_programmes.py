"""Cases about reports on the programme beside reports on the provider, and which of them speaks."""

from coverage_case import COVERED_A, PROGRAMME_A, Asked, Case, asking, into
from coverage_worlds import World, micro

CASES: list[Case] = []
expects = into(CASES)


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


@expects("REFER", reports=("1", "2"))
def newer_negative_of_weaker_evidence_on_the_provider_of_a_covered_programme(world: World) -> Asked:
    world.report(1, "2022-01-01", kind="programme", programmes=(micro(),))
    world.report(2, "2023-01-01", kind="institutional/programme", decision="negative")
    return asking(programme="Data Literacy")
