"""EBSI registries as they really are, older, contradicting themselves or answered for by something else:
never a wrong yes, never a no that was not said.
"""

import base64
import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mutua_deqar_sync.registries.conversation import Conversation
from mutua_deqar_sync.registries.ebsi import ISSUERS, EbsiRegistry
from mutua_deqar_sync.registries.ebsi_chain import Accredited, Chains, NotAccredited
from mutua_deqar_sync.registries.port import Absent, CouldNotTell, Found
from mutua_local.ebsi import Registry, create_app, demo

ROOT, AGENCY, LISVIK = "did:ebsi:zRootOfTheNorth", "did:ebsi:zAgencyOfTheNorth", "did:ebsi:zLisvik"
OPERATOR, COLLEGE = "did:ebsi:zOperator", "did:ebsi:zNewCollege"
DAY = date(2026, 11, 16)
V4 = "/trusted-issuers-registry/v4/issuers"
Converse = Callable[..., Awaitable[Conversation]]
Change = Callable[[Any], Any]


@pytest.fixture
def registry() -> Registry:
    return demo()


@pytest.fixture
async def ebsi(registry: Registry, converse: Converse) -> EbsiRegistry:
    return EbsiRegistry(await converse(create_app(registry)))


@pytest.fixture
def chains(ebsi: EbsiRegistry) -> Chains:
    return Chains(ebsi, frozenset({ROOT}))


def altered(app: ASGIApp, path: str, change: Change) -> ASGIApp:
    """The same application with its JSON changed where the path matches."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        if re.search(path, scope["path"]):
            found = change(orjson.loads(body))
            body = found if isinstance(found, bytes) else orjson.dumps(found)
        kept = [(name, value) for name, value in messages[0]["headers"] if name != b"content-length"]
        await send({**messages[0], "headers": kept})
        await send({"type": "http.response.body", "body": body})

    return serve


# registries as they are


async def test_a_root_that_the_operator_authorised(chains: Chains, registry: Registry) -> None:
    """Its authorisation bears the operator's name, and names no type of credential that it accredits for."""
    registry.issuers.pop(ROOT)
    registry.enter(OPERATOR)
    registry.accredit(
        ROOT, ROOT, "RootTAO", root=ROOT, issuer=OPERATOR, types=("VerifiableAuthorisationForTrustChain",)
    )
    assert isinstance(await chains.accredited(LISVIK, DAY, "MicroCredential"), Accredited)
    registry.accredit(ROOT, ROOT, "RootTAO", root=ROOT, issuer=OPERATOR, signer=ROOT)
    registry.issuers[ROOT].pop(next(iter(registry.issuers[ROOT])))
    assert await chains.accredited(LISVIK, DAY) == NotAccredited("signature_wrong", OPERATOR)


async def test_a_name_of_somebody_else_below_the_root(chains: Chains, registry: Registry) -> None:
    registry.enter(OPERATOR)
    registry.accredit(COLLEGE, AGENCY, "TI", root=ROOT, issuer=OPERATOR)
    assert await chains.accredited(COLLEGE, DAY) == NotAccredited("signature_wrong", AGENCY)


async def test_version_4_has_accreditations_inline(registry: Registry, converse: Converse) -> None:
    old = EbsiRegistry(await converse(create_app(registry)), path=V4, page=2)
    reading = old.read(ISSUERS)
    rows = {record.id: record.facts async for page in reading for record in page.records}
    assert reading.verdict.complete
    new = EbsiRegistry(old.conversation)
    for did, facts in rows.items():
        answer = await new.look_up("issuer", did)
        assert isinstance(answer, Found)
        assert answer.record.facts == facts
    assert isinstance(await Chains(old, frozenset({ROOT})).accredited(LISVIK, DAY), Accredited)


async def test_renewed_and_the_day_lies_before(chains: Chains, registry: Registry) -> None:
    """The revision before it covered the day; until when it counted nobody says."""
    key = next(iter(registry.issuers[LISVIK]))
    registry.renew(LISVIK, key, since="2026-11-20T00:00:00Z", types=("MicroCredential",))
    found = await chains.accredited(LISVIK, DAY, "MicroCredential")
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.changed_at_unknown_time"
    assert await chains.accredited(LISVIK, date(2023, 1, 1)) == NotAccredited("outside_validity", LISVIK)


# what cannot be judged


@pytest.mark.parametrize(
    "stated",
    [{"validFrom": "last spring"}, {"expirationDate": "2026-02-31T00:00:00Z"}, {"expirationDate": ["2020"]}],
    ids=str,
)
async def test_days_that_are_none(chains: Chains, registry: Registry, stated: dict[str, Any]) -> None:
    """An end that cannot be read is not "no end"."""
    registry.accredit(COLLEGE, AGENCY, "TI", root=ROOT, until=None, stated=stated)
    found = await chains.accredited(COLLEGE, DAY)
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.shape_changed"


async def test_a_status_that_is_kept_elsewhere(chains: Chains, registry: Registry) -> None:
    kept = {"credentialStatus": {"type": "EbsiAccreditationEntry", "id": "urn:x"}}
    registry.accredit(COLLEGE, AGENCY, "TI", root=ROOT, stated=kept)
    assert isinstance(await chains.accredited(COLLEGE, DAY), Accredited)
    registry.issuers[COLLEGE].clear()
    listed = {"credentialStatus": {"type": "StatusList2021Entry", "statusListIndex": "5"}}
    registry.accredit(COLLEGE, AGENCY, "TI", root=ROOT, stated=listed)
    found = await chains.accredited(COLLEGE, DAY)
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.status_unchecked"


@pytest.mark.parametrize(
    "change",
    [
        lambda document: {**document, "id": "did:ebsi:zSomebodyElse"},
        lambda document: {**document, "assertionMethod": []},
        lambda document: {**document, "assertionMethod": None, "authentication": document["assertionMethod"]},
        lambda document: {**document, "verificationMethod": [None, 3, {"id": 5}]},
    ],
    ids=["another's document", "asserts with none", "logs in with it only", "no methods"],
)
async def test_a_key_that_may_not_speak(registry: Registry, converse: Converse, change: Change) -> None:
    app = altered(create_app(registry), "/identifiers/.*Agency", change)
    found = await Chains(EbsiRegistry(await converse(app)), frozenset({ROOT})).accredited(LISVIK, DAY)
    assert isinstance(found, CouldNotTell)
    assert found.code == "registry.no_key"


async def test_revoked_without_revisions(registry: Registry, converse: Converse) -> None:
    """Where nobody says what was before, nobody says "no" about a day before."""
    key = next(iter(registry.issuers[LISVIK]))
    registry.revoke(LISVIK, key)
    app = create_app(registry)

    async def without(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].replace("/revisions", "x") if LISVIK in scope["path"] else scope["path"]
        await app({**scope, "path": path}, receive, send)

    found = await Chains(EbsiRegistry(await converse(without)), frozenset({ROOT})).accredited(LISVIK, DAY)
    assert isinstance(found, CouldNotTell)


# answers that are not the registry's, or not to the question


@pytest.mark.parametrize("path", ["/attributes/[0-9a-f]+$", f"{LISVIK}$"])
async def test_an_answer_about_another(registry: Registry, converse: Converse, path: str) -> None:
    app = altered(create_app(registry), path, lambda body: {**body, "did": AGENCY})
    answer = await EbsiRegistry(await converse(app)).look_up("issuer", LISVIK)
    assert isinstance(answer, CouldNotTell)
    assert answer.code == "registry.shape_changed"


async def test_a_gateway_that_has_no_route_says_nothing_of_an_issuer(
    ebsi: EbsiRegistry, registry: Registry, converse: Converse
) -> None:
    nobody = "did:ebsi:zNobodyAtAll"
    assert isinstance(await ebsi.look_up("issuer", nobody), Absent)
    app = altered(create_app(registry), nobody, lambda _: {"message": "no Route matched with those values"})
    assert isinstance(await EbsiRegistry(await converse(app)).look_up("issuer", nobody), CouldNotTell)


async def test_an_issuer_whose_accreditations_are_not_there_is_not_absent(
    registry: Registry, converse: Converse
) -> None:
    app = create_app(registry)

    async def without(scope: Scope, receive: Receive, send: Send) -> None:
        path = (
            scope["path"].replace(LISVIK, COLLEGE) if scope["path"].endswith("attributes") else scope["path"]
        )
        await app({**scope, "path": path}, receive, send)

    answer = await EbsiRegistry(await converse(without)).look_up("issuer", LISVIK)
    assert isinstance(answer, CouldNotTell)
    assert answer.code == "registry.moving"


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "links": {}},
        lambda body: {**body, "items": body["items"][:1]},
        lambda body: {**body, "items": []},
        lambda body: {**body, "total": body["total"] + 1},
        lambda body: {**body, "total": 1},
    ],
    ids=["no next", "fewer rows", "no rows", "counts more", "counts fewer"],
)
async def test_a_list_that_does_not_hold_what_it_counts(
    registry: Registry, converse: Converse, change: Change
) -> None:
    app = altered(create_app(registry), "/issuers$", change)
    reading = EbsiRegistry(await converse(app), page=2).read(ISSUERS)
    assert [page async for page in reading] == []
    assert not reading.verdict.complete
    assert reading.verdict.doubt is not None
    assert reading.verdict.doubt.code == "registry.moving"


async def test_texts_that_are_none(ebsi: EbsiRegistry, registry: Registry) -> None:
    """A lone surrogate inside a credential cannot be written down again: it is not read."""
    key = registry.accredit(COLLEGE, AGENCY, "TI", root=ROOT)
    claims = base64.urlsafe_b64encode(b'{"sub": "did:x:\\ud800", "iss": "did:x:\\ud800"}').decode()
    registry.replace(COLLEGE, key, f"e30.{claims}.x")
    answer = await ebsi.look_up("issuer", COLLEGE)
    assert isinstance(answer, Found)
    assert answer.record.fingerprint
    assert answer.record.facts["accreditations"][0]["intact"] is False


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"did": "\\ud800"}', b'{"did": NaN}', b"\xff\xfe", b"[]", b"null"], ids=repr
)
async def test_bodies_that_are_no_object(registry: Registry, converse: Converse, body: bytes) -> None:
    app = altered(create_app(registry), f"{LISVIK}$", lambda _: body)
    assert isinstance(await EbsiRegistry(await converse(app)).look_up("issuer", LISVIK), CouldNotTell)
