"""Cases about the window of a report: its first and last day, six years where it states no end."""

from coverage_case import COVERED_A, Asked, Case, asking, into
from coverage_worlds import World

CASES: list[Case] = []
expects = into(CASES)


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
