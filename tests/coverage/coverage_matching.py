"""Cases about which programme a report is about: matched by equal identifier, or equal name and level, never
by likeness.
"""

from coverage_case import COVERED_A, PROGRAMME_A, Asked, Case, asking, into
from coverage_worlds import World, above, degree, local, micro

from mutua_coverage import Identifier

CASES: list[Case] = []
expects = into(CASES)


@expects(*PROGRAMME_A, ("1",))
def programme_by_name_and_level(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(names=("Something", "DATA  literacy")),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1",))
def programme_of_equal_name_at_another_level(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(level=7),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=())
def programme_of_a_like_name(world: World) -> Asked:
    world.report(1, kind="programme", programmes=(micro(names=("Data Literacy II",)),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1",))
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


@expects("REFER", reports=("1", "2"))
def programme_identifier_that_two_agencies_use(world: World) -> Asked:
    world.agency(2)
    for number in (1, 2):
        row = micro(names=(f"X{number}",), identifiers=(local("17"),))
        world.report(number, kind="programme", agency=number, programmes=(row,))
    return asking(ids=("17",))


@expects("REFER", reports=("2",))
def programme_of_a_covered_provider_at_another_level(world: World) -> Asked:
    """Equal names at two levels: the same programme or not, a person looks."""
    world.report(1)
    world.report(2, kind="programme", programmes=(micro(level=7),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("2",))
def programme_of_a_covered_provider_without_level(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", programmes=(micro(level=None),))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("2",))
def programme_of_a_covered_provider_whose_level_is_not_stated(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", programmes=(micro(),))
    return asking(programme="Data Literacy", level=None)


@expects(*COVERED_A, ("1",))
def programme_that_ended_at_another_level(world: World) -> Asked:
    world.report(1)
    world.report(2, "2015-01-01", "2020-01-01", kind="programme", programmes=(micro(level=7),))
    return asking(programme="Data Literacy")


@expects("INDETERMINATE", reports=("2",))
def programme_without_level_of_an_uncertain_agency(world: World) -> Asked:
    world.agency(2, "2024-01-01")
    world.report(1)
    world.report(2, kind="programme", programmes=(micro(level=None),), agency=2)
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1",))
def programme_without_level_of_a_faculty(world: World) -> Asked:
    """The parent's coverage does not answer what the faculty's own report asks."""
    world.provider(1, relations=(above("faculty", 2),))
    world.provider(2)
    world.report(1, kind="programme", decision="negative", programmes=(micro(level=None),))
    world.report(2, of=(2,))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("1",))
def programme_without_level_in_mere_evidence_of_a_faculty(world: World) -> Asked:
    world.provider(1, relations=(above("faculty", 2),))
    world.provider(2)
    world.report(1, kind="programme", decision="negative", programmes=(micro(level=None),))
    world.report(3, decision="not applicable")
    world.report(2, of=(2,))
    return asking(programme="Data Literacy")


@expects("REFER", reports=("2", "1"))
def programme_without_level_of_the_alliance_of_a_covered_member(world: World) -> Asked:
    world.provider(1, relations=(above("alliance", 5),))
    world.provider(5)
    world.report(1, of=(5,), kind="programme", decision="negative", programmes=(micro(level=None),))
    world.report(2)
    return asking(programme="Data Literacy", alliance=5)


@expects("REFER", reports=("2",))
def newer_refusal_of_a_programme_that_may_be_the_covered_one(world: World) -> Asked:
    world.report(1, "2020-01-01", kind="programme", programmes=(micro(),))
    world.report(2, "2022-01-01", kind="programme", decision="negative", programmes=(micro(level=None),))
    return asking(programme="Data Literacy")


@expects(*PROGRAMME_A, ("2",))
def older_refusal_of_a_programme_that_may_be_the_covered_one(world: World) -> Asked:
    world.report(1, "2020-01-01", kind="programme", decision="negative", programmes=(micro(level=None),))
    world.report(2, "2022-01-01", kind="programme", programmes=(micro(),))
    return asking(programme="Data Literacy")


@expects(*PROGRAMME_A, ("1",))
def newer_refusal_of_a_programme_at_another_level(world: World) -> Asked:
    """The programme itself is known: its namesake is another one."""
    world.report(1, "2020-01-01", kind="programme", programmes=(micro(),))
    world.report(2, "2022-01-01", kind="programme", decision="negative", programmes=(micro(level=7),))
    return asking(programme="Data Literacy")


@expects(*COVERED_A, ("1",))
def namesake_beside_a_voluntary_report_on_the_programme(world: World) -> Asked:
    world.report(1)
    world.report(2, kind="programme", status="voluntary", programmes=(micro(),))
    world.report(3, kind="programme", programmes=(micro(level=7),))
    return asking(programme="Data Literacy")


@expects(*PROGRAMME_A, ("1",))
def programme_identifier_that_a_withheld_report_uses_too(world: World) -> Asked:
    world.agency(2)
    for number in (1, 2):
        row = micro(names=(f"X{number}",), identifiers=(local("17"),))
        world.report(number, kind="programme", agency=number, programmes=(row,), withheld=number == 2)
    return asking(ids=("17",))


@expects("REFER", reports=("1",))
def programme_by_identifier_goes_before_one_by_name(world: World) -> Asked:
    rows = (degree(names=("X",), identifiers=(local("DL-1"),)), micro())
    world.report(1, kind="programme", programmes=rows)
    return asking(programme="Data Literacy", ids=("DL-1",))
