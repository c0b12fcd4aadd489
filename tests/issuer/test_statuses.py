"""What became of a credential: stated once, published at once, and still to be had as it was."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from mutua_contracts.credential import STATUS_REASONS, CredentialStatusChanged
from mutua_credentials import issuer_documents
from mutua_credentials.keys import KeyRing
from mutua_credentials.verify import CheckName, Verdict, verify
from mutua_issuer.domain import status
from mutua_issuer.domain.examples import AWARD
from mutua_issuer.upkeep import renew_lists
from mutua_issuer.vault import Vault
from mutua_kernel.database import Pool
from tests.in_process import SettableClock

from .conftest import LISVIK, Institution

pytestmark = pytest.mark.servers

ISS = "https://univ-lisvik.example"


def row(number: int, **more: Any) -> dict[str, Any]:
    return {**AWARD, "external_id": f"r-{number}", "learner_id": f"s-{number}", **more}


@pytest.fixture
async def number(lisvik: Institution) -> str:
    """The id of a credential of Lisvik."""
    await lisvik.ready_to_issue()
    return (await lisvik.post("/credentials", AWARD)).json()["credential_id"]


async def change(of: Institution, number: str, wanted: str, reason: str, **options: Any) -> httpx.Response:
    return await of.post(f"/credentials/{number}/status", {"status": wanted, "reason": reason}, **options)


async def test_every_credential_has_a_place_of_its_own_in_a_list(
    lisvik: Institution, admin: Pool, clock: SettableClock
) -> None:
    await lisvik.ready_to_issue()
    rows = [row(n) for n in range(50)] + [row(n, valid_until=f"20{27 + n % 2}-06-30") for n in range(50, 60)]
    answers = await asyncio.gather(
        lisvik.post("/credentials/batch", {"rows": rows[:30]}),
        lisvik.post("/credentials/batch", {"rows": rows[30:]}),
    )
    assert [answer.json()["counts"] for answer in answers] == [{"issued": 30}, {"issued": 30}]
    found = await admin.fetch("select status_list, status_index, valid_until from credential")
    places = {(one["status_list"], one["status_index"]) for one in found}
    assert len(places) == 60
    indices = sorted(one["status_index"] for one in found)
    assert indices[-1] - indices[0] > 60_000, "drawn at random over the whole list"
    groups = {one["status_list"]: status.expires_before(one["valid_until"]) for one in found}
    lists = await admin.fetch("select id, expires_before, used from status_list")
    assert {one["id"]: one["expires_before"] for one in lists} == groups, (
        "those that expire together share lists"
    )
    assert sum(one["used"] for one in lists) == 60


async def test_a_full_list_is_followed_by_another_one(lisvik: Institution, admin: Pool) -> None:
    await lisvik.ready_to_issue()
    await lisvik.post("/credentials", row(1))
    await admin.execute("update status_list set used = $1", status.MOST_USED - 1)
    await lisvik.post("/credentials", row(2))
    assert await admin.fetchval("select count(*) from status_list") == 1
    await lisvik.post("/credentials", row(3))
    assert await admin.fetchval("select count(*) from status_list") == 2


async def test_a_place_that_is_taken_is_not_given_again(
    lisvik: Institution, admin: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lisvik.ready_to_issue()
    drawn = iter([*([7] * 18), *([7] * 18), *range(7, 7 + 18)])
    monkeypatch.setattr("mutua_issuer.api.status_lists.secrets.randbelow", lambda _most: next(drawn))
    for n in (1, 2):
        assert (await lisvik.post("/credentials", row(n))).status_code == 201
    assert [one[0] for one in await admin.fetch("select status_index from credential order by id")] == [7, 8]


async def test_a_change_is_stated_published_and_seen_by_verifiers(
    lisvik: Institution,
    number: str,
    anybody: Callable[..., Any],
    facts_of: Callable[[], Any],
    clock: SettableClock,
) -> None:
    credential = (await lisvik.get(f"/credentials/{number}")).json()["credential"]
    steps = [
        ("suspended", "under_review", Verdict.INVALID, "suspended"),
        ("valid", "review_closed", Verdict.VALID, "not_revoked"),
        ("revoked", "award_withdrawn", Verdict.INVALID, "revoked"),
    ]
    for wanted, reason, verdict, code in steps:
        clock.pass_by(seconds=5)
        answer = await change(lisvik, number, wanted, reason)
        assert (answer.status_code, answer.json()["status"]) == (200, wanted), answer.text
        found = verify(credential, as_of=clock.now(), documents=await anybody(credential))
        assert found.verdict is verdict, found.checks
        assert wanted == "valid" or found.check(CheckName.STATUS).code == code
        assert (await lisvik.get(f"/credentials/{number}")).json()["status"] == wanted
    facts = [event for event in await facts_of() if isinstance(event.data, CredentialStatusChanged)]
    assert [event.sequence for event in facts] == [2, 3, 4]
    assert {event.partitionkey for event in facts} == {number}
    told = [(event.data.previous, event.data.status, event.data.reason) for event in facts]
    assert told == [
        ("valid", "suspended", "under_review"),
        ("suspended", "valid", "review_closed"),
        ("valid", "revoked", "award_withdrawn"),
    ]


async def test_the_same_again_changes_nothing_and_revoked_is_for_ever(
    lisvik: Institution, number: str, facts_of: Callable[[], Any], admin: Pool
) -> None:
    first = await change(lisvik, number, "revoked", "replaced", key="k-1")
    replayed = await change(lisvik, number, "revoked", "replaced", key="k-1")
    again = await change(lisvik, number, "revoked", "replaced")
    assert first.json() == replayed.json()
    assert (again.json()["version"], again.json()["changed_at"]) == (first.json()["version"], None)
    back = await change(lisvik, number, "valid", "review_closed")
    assert (back.status_code, back.json()["code"]) == (409, "status_final")
    facts = [event for event in await facts_of() if isinstance(event.data, CredentialStatusChanged)]
    assert len(facts) == 1
    log = await admin.fetch("select version, previous, status, reason, changed_by from status_change")
    assert [tuple(one) for one in log] == [(2, "valid", "revoked", "replaced", "somebody")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": "revoked", "reason": "under_review"}, "reason_not_for_status"),
        ({"status": "revoked", "reason": "he is a friend of mine"}, "reason_not_for_status"),
        ({"status": "lost", "reason": "replaced"}, "invalid_request"),
        ({"status": "revoked"}, "invalid_request"),
    ],
)
async def test_a_status_needs_one_of_its_reasons(
    lisvik: Institution, number: str, body: Any, code: str
) -> None:
    answer = await lisvik.post(f"/credentials/{number}/status", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_reasons_are_those_of_the_contract() -> None:
    assert {reason for reasons in status.REASONS.values() for reason in reasons} == set(STATUS_REASONS)


async def test_only_the_institution_itself_says_what_became_of_it(
    lisvik: Institution, osterhav: Institution, number: str
) -> None:
    await osterhav.ready_to_issue("osterhav.example", "OTHER")
    answer = await change(osterhav, number, "revoked", "replaced")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def address_of(admin: Pool, kind: str = "token") -> str:
    return f"/status/{await admin.fetchval('select id from status_list')}/{kind}"


async def test_a_list_is_asked_for_again_by_its_tag(
    lisvik: Institution, http: httpx.AsyncClient, number: str, admin: Pool, clock: SettableClock
) -> None:
    address = await address_of(admin)
    first = await http.get(address)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/statuslist+jwt")
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["access-control-allow-origin"] == "*"
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    assert (await http.get(address, headers=known)).status_code == 304
    await change(lisvik, number, "suspended", "under_review")
    second = await http.get(address, headers=known)
    assert (second.status_code, second.headers["etag"] != first.headers["etag"]) == (200, True)
    for kind in ("revocation", "suspension"):
        answer = await http.get(await address_of(admin, kind))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vc")


async def test_what_was_said_at_an_instant_can_be_had_for_ever(
    lisvik: Institution,
    http: httpx.AsyncClient,
    number: str,
    admin: Pool,
    clock: SettableClock,
    anybody: Callable[..., Any],
) -> None:
    address, before = await address_of(admin), clock.now()
    first = await http.get(address)
    clock.pass_by(seconds=3600)
    await change(lisvik, number, "revoked", "issued_in_error")
    clock.pass_by(seconds=3600)
    then = await http.get(address, params={"timestamp": (before + timedelta(seconds=1)).isoformat()})
    assert then.text == first.text
    assert "immutable" in then.headers["cache-control"]
    recent = await http.get(address, params={"timestamp": clock.now().isoformat()})
    assert "immutable" not in recent.headers["cache-control"]
    assert recent.text != first.text
    credential = (await lisvik.get(f"/credentials/{number}")).json()["credential"]
    was = before + timedelta(seconds=30)
    found = verify(credential, as_of=was, documents=await anybody(credential, was))
    assert found.verdict is Verdict.VALID
    early = await http.get(address, params={"timestamp": "2020-01-01T00:00:00Z"})
    future = await http.get(address, params={"timestamp": "2030-01-01T00:00:00Z"})
    assert [(one.status_code, one.json()["code"]) for one in (early, future)] == [
        (404, "not_found"),
        (422, "timestamp_in_future"),
    ]


async def test_a_list_that_nobody_changed_is_published_anew_before_it_ends(
    number: str, http: httpx.AsyncClient, admin: Pool, clock: SettableClock
) -> None:
    address = await address_of(admin)
    first = (await http.get(address)).text
    clock.pass_by(seconds=status.RENEWAL.total_seconds() - 60)
    assert (await http.get(address)).text == first
    clock.pass_by(seconds=120)
    answers = await asyncio.gather(*(http.get(address) for _ in range(5)))
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].text != first
    assert await admin.fetchval("select count(*) from status_snapshot where kind = 'token'") == 2


async def test_lists_of_all_institutions_are_kept_fresh(
    lisvik: Institution, osterhav: Institution, app: FastAPI, vault: Vault, admin: Pool, clock: SettableClock
) -> None:
    await lisvik.ready_to_issue()
    await osterhav.ready_to_issue("osterhav.example")
    for client in (lisvik, osterhav):
        assert (await client.post("/credentials", {**AWARD, "valid_until": "2026-12-31"})).status_code == 201
    storage = app.state.store
    assert await renew_lists(storage, vault) == 0
    clock.pass_by(seconds=status.RENEWAL.total_seconds() + 1)
    assert sum(await asyncio.gather(*(renew_lists(storage, vault) for _ in range(3)))) == 2
    assert await admin.fetchval("select count(*) from status_snapshot") == 12
    clock.pass_by(seconds=60 * 86_400)
    assert await renew_lists(storage, vault) == 0, "everything in them has expired"


async def test_unknown_lists_are_not_found(http: httpx.AsyncClient) -> None:
    for address in ("/status/00000000-0000-0000-0000-000000000000/token", "/a/b/status/x/token"):
        assert (await http.get(address)).status_code in (404, 422)


async def test_lists_are_signed_anew_when_their_key_was_compromised(
    lisvik: Institution, number: str, anybody: Callable[..., Any], clock: SettableClock
) -> None:
    """A credential that was issued with the new key is valid although its list began under the lost one."""
    kid = (await lisvik.get(f"/issuers/{LISVIK}")).json()["keys"][0]["kid"]
    clock.pass_by(seconds=60)
    old = (await lisvik.get(f"/credentials/{number}")).json()["credential"]
    at = {"compromised_at": (clock.now() - timedelta(seconds=10)).isoformat()}
    told = await lisvik.post(f"/issuers/{LISVIK}/keys/{kid}/compromise", at)
    assert told.status_code == 201, told.text
    lost, present = told.json()["keys"]
    assert (lost["kid"], lost["compromised_at"] is not None) == (kid, True)
    assert (present["compromised_at"], present["valid_to"]) == (None, None)
    fresh = (await lisvik.post("/credentials", row(2))).json()["credential_id"]
    credential = (await lisvik.get(f"/credentials/{fresh}")).json()["credential"]
    found = verify(credential, as_of=clock.now(), documents=await anybody(credential))
    assert found.verdict is Verdict.VALID, found.checks
    # What was signed before is doubted by who reads dates of keys, and refused by who misses it in a list.
    documents = await anybody(old)
    assert verify(old, as_of=clock.now(), documents=documents).verdict is Verdict.INVALID
    did = json.loads(documents.by_url["https://univ-lisvik.example/.well-known/did.json"])
    read = issuer_documents.read_did_document(did, ISS, source="did:web", as_of=clock.now())
    assert isinstance(read, tuple)
    doubted = verify(old, as_of=clock.now(), keys=KeyRing(read), documents=documents)
    assert doubted.check(CheckName.SIGNATURE).code == "key_compromised_since", doubted.checks
    again = await lisvik.post(f"/issuers/{LISVIK}/keys/{kid}/compromise", at)
    assert (again.status_code, again.json()["code"]) == (409, "compromise_is_known")
    unknown = await lisvik.post(f"/issuers/{LISVIK}/keys/none/compromise", at)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
