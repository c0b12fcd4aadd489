"""Cases about which provider is meant, and whether it existed on the day."""

from coverage_case import COVERED_A, Asked, Case, asking, into
from coverage_worlds import World, history, identifier, local, name_of

from mutua_coverage import Identifier

CASES: list[Case] = []
expects = into(CASES)


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


@expects(*COVERED_A, ("1",))
def erasmus_code_without_its_scheme(world: World) -> Asked:
    world.provider(1, identifiers=(identifier("Erasmus", "X  LISVIK01"),))
    world.report(1)
    return asking(provider="X LISVIK01")


@expects("INDETERMINATE", reports=())
def one_value_without_scheme_on_two_providers(world: World) -> Asked:
    world.provider(1, identifiers=(identifier("SCHAC", "univ-lisvik.example"),))
    world.provider(2, identifiers=(identifier("National", "univ-lisvik.example"),))
    world.report(1)
    return asking(provider="univ-lisvik.example")


@expects(*COVERED_A, ("1",))
def eter_id_goes_before_other_identifiers_without_scheme(world: World) -> Asked:
    world.provider(1, identifiers=(identifier("ETER", "XA0001"),))
    world.provider(2, identifiers=(identifier("National", "XA0001"),))
    world.report(1)
    return asking(provider="XA0001")


@expects("NOT_FOUND", reports=())
def identifier_local_to_an_agency_without_its_scheme(world: World) -> Asked:
    world.provider(1, identifiers=(local("17", agency="A1"),))
    world.report(1)
    return asking(provider="17")
