"""Cases about predecessors: one succession carries, absorption and longer chains at most refer."""

from coverage_case import COVERED_A, Asked, Case, asking, into
from coverage_worlds import World, history, micro

CASES: list[Case] = []
expects = into(CASES)


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


@expects("REFER", reports=("1", "2"))
def predecessors_positive_is_newer_than_the_own_negative(world: World) -> Asked:
    """That another institution was accredited does not undo the refusal of this one."""
    _succession(world)
    world.report(1, "2020-01-01", decision="negative")
    world.report(2, "2022-01-01", "2026-01-01", of=(2,))
    return asking()


@expects("REFER", reports=("1", "2"))
def one_of_two_predecessors_was_refused(world: World) -> Asked:
    world.provider(
        1, relations=(history("succeeded", 2, "2023-01-01"), history("succeeded", 3, "2023-01-01"))
    )
    for number in (2, 3):
        world.provider(number)
    world.report(1, "2020-01-01", of=(2,), decision="negative")
    world.report(2, "2022-01-01", of=(3,))
    return asking()


@expects("NOT_COVERED", None, "provider", ("2",))
def predecessors_negative_is_newer_than_the_own_positive(world: World) -> Asked:
    _succession(world)
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", "2026-01-01", of=(2,), decision="negative")
    return asking()


@expects(*COVERED_A, ("2",))
def own_positive_is_newer_than_the_predecessors_negative(world: World) -> Asked:
    _succession(world)
    world.report(1, "2020-01-01", "2026-01-01", of=(2,), decision="negative")
    world.report(2, "2023-06-01")
    return asking()


@expects(*COVERED_A, ("1",))
def succession_that_is_told_twice(world: World) -> Asked:
    world.provider(1, relations=(history("succeeded", 2, "2023-01-01"),) * 2)
    world.provider(2)
    world.report(1, of=(2,))
    return asking()


@expects("REFER", reports=("1", "2"))
def refused_predecessor_without_a_date_of_a_covered_provider(world: World) -> Asked:
    world.provider(1, relations=(history("succeeded", 2, None),))
    world.provider(2)
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", of=(2,), decision="negative")
    return asking()


@expects(*COVERED_A, ("1",))
def covered_predecessor_without_a_date_of_a_covered_provider(world: World) -> Asked:
    world.provider(1, relations=(history("succeeded", 2, None),))
    world.provider(2)
    world.report(1, "2020-01-01")
    world.report(2, "2022-01-01", of=(2,))
    return asking()


@expects("REFER", reports=("2", "1"))
def refused_programme_of_an_absorbed_college(world: World) -> Asked:
    _succession(world, kind="absorbed")
    world.report(1, "2022-01-01", of=(2,), kind="programme", decision="negative", programmes=(micro(),))
    world.report(2)
    return asking(programme="Data Literacy")
