"""Cases about the agency's registration on the report's first day, and about what cannot be told of it."""

from coverage_case import COVERED_A, Asked, Case, asking, into
from coverage_worlds import World, above

CASES: list[Case] = []
expects = into(CASES)


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


@expects("INDETERMINATE", reports=("1",))
def extraordinary_decision_before_the_renewal(world: World) -> Asked:
    """It may have ended the registration for a while."""
    decisions = (("admission", "2018-01-01"), ("extraordinary", "2020-01-01"), ("renewal", "2023-01-01"))
    world.agency(1, "2023-01-01", decisions=decisions)
    world.report(1, "2021-06-01")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def two_registrations_shown_as_one(world: World) -> Asked:
    world.agency(1, "2010-01-01", decisions=(("admission", "2010-01-01"), ("admission", "2023-01-01")))
    world.report(1, "2021-06-01")
    return asking()


@expects(*COVERED_A, ("1",))
def admission_decided_after_the_registration_began(world: World) -> Asked:
    world.agency(1, "2021-01-01", decisions=(("admission", "2021-09-01"),))
    world.report(1, "2021-06-01")
    return asking()


@expects("INDETERMINATE", reports=("1",))
def uncertain_refusal_of_the_alliance_of_a_covered_member(world: World) -> Asked:
    world.agency(2, "2024-01-01")
    world.provider(1, relations=(above("alliance", 5),))
    world.provider(5)
    world.report(1, of=(5,), decision="negative", agency=2)
    world.report(2)
    return asking(alliance=5)


@expects(*COVERED_A, ("2",))
def uncertain_report_of_a_member_of_a_covered_alliance(world: World) -> Asked:
    """Covered by the alliance whether it counts or not."""
    world.agency(2, "2024-01-01")
    world.provider(1, relations=(above("alliance", 5),))
    world.provider(5)
    world.report(1, agency=2)
    world.report(2, of=(5,))
    return asking(alliance=5)
