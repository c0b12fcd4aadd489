"""EBSI's trusted issuers: reading all of them, and chains of accreditation on a day."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ebsi import ISSUERS, EbsiRegistry
from mutua_deqar_sync.registries.ebsi_chain import Accredited, Chains, NotAccredited
from mutua_deqar_sync.registries.port import Absent, CouldNotTell, Found
from mutua_local.ebsi import Registry, create_app, demo

ROOT, AGENCY, LISVIK = "did:ebsi:zRootOfTheNorth", "did:ebsi:zAgencyOfTheNorth", "did:ebsi:zLisvik"
HARVALA, NORDBY, VESTMARK = "did:ebsi:zHarvala", "did:ebsi:zNordby", "did:ebsi:zVestmark"
DAY = date(2026, 11, 16)
Converse = Callable[..., Awaitable[Conversation]]


@pytest.fixture
def registry() -> Registry:
    return demo()


@pytest.fixture
async def ebsi(registry: Registry, converse: Converse) -> EbsiRegistry:
    return EbsiRegistry(await converse(create_app(registry)), page=2)


@pytest.fixture
def chains(ebsi: EbsiRegistry) -> Chains:
    return Chains(ebsi, frozenset({ROOT}))


async def test_it_says_what_it_is(ebsi: EbsiRegistry) -> None:
    assert ebsi.capabilities.tells == {"accreditation"}
    assert ebsi.capabilities.signed
    assert not ebsi.capabilities.updated_since
    assert not ebsi.capabilities.tombstones
    assert not ebsi.capabilities.conditional_get


async def test_all_issuers_come_although_the_last_page_points_at_itself(ebsi: EbsiRegistry) -> None:
    reading = ebsi.read(ISSUERS)
    found = {record.id: record.facts async for page in reading for record in page.records}
    assert set(found) == {ROOT, AGENCY, LISVIK, HARVALA, NORDBY, VESTMARK}
    assert reading.verdict.complete
    assert found[VESTMARK] == {"accreditations": []}
    assert [a["type"] for a in found[HARVALA]["accreditations"]] == ["Revoked"]
    assert [a["has_body"] for a in found[NORDBY]["accreditations"]] == [False]
    one = found[LISVIK]["accreditations"][0]
    assert (one["tao"], one["root_tao"], one["intact"]) == (AGENCY, ROOT, True)
    assert one["accredited_for"] == ["MicroCredential"]


async def test_one_issuer_and_its_history(ebsi: EbsiRegistry) -> None:
    answer = await ebsi.look_up("issuer", HARVALA)
    assert isinstance(answer, Found)
    key = answer.record.facts["accreditations"][0]["id"]
    history = await ebsi.history("accreditation", f"{HARVALA}/{key}")
    assert isinstance(history, list)
    assert [record.facts["type"] for record in history] == ["TI", "Revoked"]
    assert isinstance(await ebsi.look_up("issuer", "did:ebsi:zNobodyAtAll"), Absent)
    assert isinstance(await ebsi.history("accreditation", f"{HARVALA}/{'0' * 64}"), Absent)
    assert isinstance(await ebsi.history("issuer", HARVALA), CouldNotTell)


async def test_a_chain_up_to_a_trusted_root(chains: Chains) -> None:
    found = await chains.accredited(LISVIK, DAY, "MicroCredential")
    assert isinstance(found, Accredited)
    assert [(link.did, link.type, link.by) for link in found.chain] == [
        (LISVIK, "TI", AGENCY),
        (AGENCY, "TAO", ROOT),
        (ROOT, "RootTAO", ROOT),
    ]


@pytest.mark.parametrize(
    ("did", "day", "wanted", "reason", "at"),
    [
        ("did:ebsi:zNobodyAtAll", DAY, None, "not_listed", "did:ebsi:zNobodyAtAll"),
        (VESTMARK, DAY, None, "no_accreditation", VESTMARK),
        (NORDBY, DAY, None, "not_accepted", NORDBY),
        (LISVIK, DAY, "Doctorate", "other_type", LISVIK),
        (LISVIK, date(2023, 12, 31), None, "outside_validity", LISVIK),
        (LISVIK, date(2034, 1, 2), None, "outside_validity", LISVIK),
        (HARVALA, date(2023, 12, 31), None, "revoked", HARVALA),
    ],
)
async def test_no_chain(
    chains: Chains, did: str, day: date, wanted: str | None, reason: str, at: str
) -> None:
    assert await chains.accredited(did, day, wanted) == NotAccredited(reason, at)


async def test_the_days_of_a_credential_are_inclusive(chains: Chains) -> None:
    for day in (date(2024, 1, 1), date(2034, 1, 1)):
        assert isinstance(await chains.accredited(LISVIK, day), Accredited)


async def test_when_something_was_revoked_is_not_told(chains: Chains) -> None:
    """An earlier revision covered the day, and nobody says since when it does not count."""
    found = await chains.accredited(HARVALA, DAY)
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.changed_at_unknown_time"


async def test_a_revoked_agency_takes_its_universities_along(chains: Chains, registry: Registry) -> None:
    registry.revoke(AGENCY, next(iter(registry.issuers[AGENCY])))
    found = await chains.accredited(LISVIK, DAY)
    assert isinstance(found, CouldNotTell)
    assert AGENCY in found.found


async def test_a_root_that_is_not_ours(ebsi: EbsiRegistry) -> None:
    found = await Chains(ebsi, frozenset({"did:ebsi:zAnotherRoot"})).accredited(LISVIK, DAY)
    assert found == NotAccredited("root_not_trusted", ROOT)


async def test_a_body_under_a_hash_that_is_not_its_own(chains: Chains, registry: Registry) -> None:
    key = next(iter(registry.issuers[LISVIK]))
    other = next(iter(registry.issuers[AGENCY].values()))[0].body
    registry.replace(LISVIK, key, other)
    assert await chains.accredited(LISVIK, DAY) == NotAccredited("not_intact", LISVIK)


async def test_a_signature_by_somebody_else(chains: Chains, registry: Registry) -> None:
    did = "did:ebsi:zForged"
    registry.accredit(did, AGENCY, "TI", root=ROOT, signer=did)
    assert await chains.accredited(did, DAY) == NotAccredited("signature_wrong", AGENCY)


async def test_a_signature_that_nobody_can_check(chains: Chains, registry: Registry) -> None:
    """Without the document of whoever accredited, a signature is neither right nor wrong."""
    did = "did:ebsi:zUnderStranger"
    registry.accredit(did, "did:ebsi:zStranger", "TI", root=ROOT)
    found = await chains.accredited(did, DAY)
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.no_key"


async def test_a_university_accredits_nobody(chains: Chains, registry: Registry) -> None:
    did = "did:ebsi:zSecondHand"
    registry.accredit(did, LISVIK, "TI", root=ROOT)
    assert await chains.accredited(did, DAY) == NotAccredited("may_not_accredit", LISVIK)


async def test_an_agency_passes_on_no_more_than_it_has(chains: Chains, registry: Registry) -> None:
    """An agency that is accredited for some types cannot accredit for others; without types, for all."""
    agency, university = "did:ebsi:zSmallAgency", "did:ebsi:zSmallCollege"
    registry.accredit(agency, ROOT, "TAO", root=ROOT, types=("Diploma",))
    registry.accredit(university, agency, "TI", root=ROOT, types=("Diploma", "MicroCredential"))
    assert isinstance(await chains.accredited(university, DAY, "Diploma"), Accredited)
    assert await chains.accredited(university, DAY, "MicroCredential") == NotAccredited("other_type", agency)


async def test_a_maze_has_an_end(chains: Chains, registry: Registry) -> None:
    """Twelve organisations that all accredit one another, and none a root."""
    ring = [f"did:ebsi:zMaze{number:02d}" for number in range(12)]
    for did in ring:
        for by in ring:
            registry.accredit(did, by, "TAO", root=ROOT)
    found = await chains.accredited(ring[0], DAY)
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.too_many_paths"


async def test_organisations_that_accredit_one_another(chains: Chains, registry: Registry) -> None:
    left, right = "did:ebsi:zLeftHand", "did:ebsi:zRightHand"
    registry.accredit(left, right, "TAO", root=ROOT)
    registry.accredit(right, left, "TAO", root=ROOT)
    assert await chains.accredited(left, DAY) == NotAccredited("loop", left)


async def test_a_second_accreditation_makes_up_for_a_revoked_one(chains: Chains, registry: Registry) -> None:
    registry.accredit(HARVALA, AGENCY, "TI", root=ROOT, since="2025-01-01T00:00:00Z")
    assert isinstance(await chains.accredited(HARVALA, DAY), Accredited)


@pytest.mark.parametrize("status", [404, 500])
async def test_an_answer_that_is_none_of_the_registrys(converse: Converse, status: int) -> None:
    """A page of HTML does not say that an issuer is absent."""
    ebsi = EbsiRegistry(await converse(PlainTextResponse("<html>", status, media_type="text/html")))
    assert isinstance(await ebsi.look_up("issuer", LISVIK), CouldNotTell)
    reading = ebsi.read(ISSUERS)
    assert [page async for page in reading] == []
    assert not reading.verdict.complete


async def test_unknown_shapes_are_named(converse: Converse) -> None:
    async def odd(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse('{"items": 3, "total": 1, "links": {}}')(scope, receive, send)

    found = await EbsiRegistry(await converse(odd)).dids()
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.shape_changed"
    assert found.found == "int '3' at /trusted-issuers-registry/v5/issuers/items"
