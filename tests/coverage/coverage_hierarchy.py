"""Cases about alliances, parents, children, consortia, franchises and platforms."""

from coverage_case import COVERED_A, Asked, Case, asking, into
from coverage_worlds import INSIDE, OUTSIDE, World, above, below, micro, seat

CASES: list[Case] = []
expects = into(CASES)


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


@expects("INDETERMINATE", reports=("1",))
def unknown_decision_on_the_parent_of_a_covered_faculty(world: World) -> Asked:
    world.provider(1, relations=(above("faculty", 2),))
    world.provider(2)
    world.report(1, of=(2,), decision="suspended")
    world.report(2)
    return asking()
