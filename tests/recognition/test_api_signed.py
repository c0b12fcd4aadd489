"""Signed statements: whose key counts, what waits, what is instant, what an alliance's members get."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mutua_contracts.issuer import IssuerChanged, ProofJwk, ProofKey
from mutua_credentials import digests
from mutua_credentials.integrity import Ed25519Key, Proof, read_did_key, sign_jcs, verify_jcs
from mutua_recognition import store
from mutua_recognition.api.people import Means
from mutua_recognition.projections import IssuerRow

from .lisvik import LISVIK
from .worker import ASTERVIK, CORVELO

pytestmark = pytest.mark.servers

BOREAL = "alliance:boreal"
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
DID = "did:web:univ-astervik.example"
WORDS: dict[str, Any] = {
    "truster": ASTERVIK,
    "trustee": LISVIK,
    "assurance": 2,
    "scope": {"eqf": [7, 6], "max_ects": 30},
    "evidence": ["agreement:boreal-2026"],
}


@pytest.fixture
def key() -> Ed25519Key:
    return Ed25519Key.generate()


@pytest.fixture
def publish(worker: Any, key: Ed25519Key) -> Callable[..., Any]:
    """A function: Astervik's key arrives from `mutua.issuer`."""

    async def make(**more: Any) -> None:
        jwk = ProofJwk(x=key.public_jwk["x"])
        proof_key = ProofKey(kid=key.kid, alg="Ed25519", jwk=jwk, valid_from=SINCE, **more)
        state = IssuerChanged(
            issuer=ASTERVIK,
            iss="https://univ-astervik.example",
            did=DID,
            names={"en": "University of Astervik"},
            country="EE",
            identifiers=(),
            keys=(),
            proof_keys=(proof_key,),
        )
        async with worker.pool.acquire() as tx, tx.transaction():
            row = IssuerRow(ASTERVIK, 1, state.iss, state.model_dump_json())
            await store.project_issuers(tx, [row])

    return make


@pytest.fixture
def signed(key: Ed25519Key, clock: Any) -> Callable[..., dict[str, Any]]:
    """A function: a statement as Astervik signs it."""

    def make(words: dict[str, Any] = WORDS, **how: Any) -> dict[str, Any]:
        given = {"verification_method": f"{DID}#{key.kid}", "created": clock.now(), **how}
        return sign_jcs(words, given.pop("by", key), **given)

    return make


@pytest.fixture
def delayed(app: Any) -> None:
    app.state.means = Means(app.state.means.custody, timedelta(hours=24))


async def test_what_the_truster_signed_enters_the_log_as_it_is(
    publish: Any, signed: Any, release: Any, worker: Any, first: Any, key: Any
) -> None:
    await publish()
    document = signed()
    released = await release("/statements", document)
    (event,) = await worker.events()
    form = event.data.statement.signed
    assert form.by == "truster"
    assert form.document == document
    assert form.digest == digests.of_json(document)
    assert isinstance(verify_jcs(form.document, key.public_jwk, as_of=worker.clock.now()), Proof)
    seen = (await first.get(f"/statements/{released['subject_id']}")).json()
    assert seen["statement"]["signed"]["document"] == document
    assert seen["statement"]["scope"]["eqf"] == [6, 7]


async def test_what_was_put_in_words_is_signed_by_the_service_and_says_so(
    release: Any, worker: Any, first: Any, stranger: Any
) -> None:
    words = {name: value for name, value in WORDS.items() if name != "truster"}
    worker.clock.pass_by(microseconds=123_456)
    await release("/statements", words)
    await release("/statements", {**words, "trustee": CORVELO})
    one, two = [event.data.statement.signed for event in await worker.events()]
    assert one.by == two.by == "service"
    method = one.document["proof"]["verificationMethod"]
    assert two.document["proof"]["verificationMethod"] == method
    assert one.document["truster"] == ASTERVIK
    jwk = read_did_key(method)
    assert jwk is not None
    assert isinstance(verify_jcs(one.document, jwk, as_of=worker.clock.now()), Proof)
    (held,) = (await stranger.get("/signing-keys", organisation=ASTERVIK)).json()["items"]
    assert (held["method"], held["holder"], held["organisation"]) == (method, "service", ASTERVIK)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("key_unknown", {"verification_method": "did:web:univ-astervik.example#another"}),
    ("key_unknown", {"verification_method": "did:web:univ-lisvik.example#another"}),
    ("signature_wrong", {"by": Ed25519Key.generate()}),
    ("purpose_wrong", {"purpose": "authentication"}),
    ("proof_expired", {"expires": SINCE + timedelta(days=600)}),
    ("proof_from_the_future", {"created": datetime(2026, 11, 16, 9, 2, tzinfo=UTC)}),
    ("key_not_in_force", {"created": SINCE - timedelta(days=1)}),
]


async def test_a_proof_that_is_not_the_trusters_own_is_refused(publish: Any, signed: Any, first: Any) -> None:
    await publish()
    for code, how in REFUSED:
        answer = await first.post("/statements", signed(**how))
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    tampered = {**signed(), "depth": 1}
    assert (await first.post("/statements", tampered)).json()["code"] == "signature_wrong"
    other = await first.post("/statements", signed({**WORDS, "truster": CORVELO}))
    assert (other.status_code, other.json()["code"]) == (422, "not_yours")
    assert (await first.post("/statements", {**WORDS, "proof": None})).json()["code"] == "unsecured"


async def test_a_compromised_key_proves_nothing(publish: Any, signed: Any, first: Any) -> None:
    await publish(compromised_at=SINCE + timedelta(days=300))
    answer = await first.post("/statements", signed(created=SINCE + timedelta(days=1)))
    assert answer.json()["code"] == "key_compromised"


async def test_an_office_is_known_by_its_key_and_signs_with_it(
    person: Callable[..., Any], release: Any, signed: Any, key: Any, worker: Any
) -> None:
    office = "office:varnland-enic"
    one, two = person("one", office), person("two", office)
    words = {**WORDS, "truster": office}
    method = f"did:key:{key.public_multikey}#{key.public_multikey}"
    document = signed(words, verification_method=method)
    await worker.know_registry()
    unknown = await one.post("/statements", document)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_entity")
    await release("/signing-keys", {"public_key": key.public_multikey}, one, two)
    await release("/statements", document, one, two)
    (event,) = await worker.events()
    assert event.data.statement.truster == office
    ended = await one.post(f"/signing-keys/{key.public_multikey}/end", {"reason": "rotated"})
    assert ended.json()["valid_to"] is not None
    worker.clock.pass_by(minutes=5)
    late = signed({**words, "trustee": CORVELO}, verification_method=method)
    assert (await one.post("/statements", late)).json()["code"] == "key_not_in_force"
    not_a_key = await one.post("/signing-keys", {"public_key": "z" + "1" * 46})
    assert not_a_key.json()["code"] == "not_a_key"


async def test_nobody_states_about_whom_nobody_knows(first: Any, worker: Any) -> None:
    body = {"trustee": "DEQARINST9999", "assurance": 2}
    early = await first.post("/statements", body)
    assert (early.status_code, early.json()["code"]) == (409, "registry_not_ready")
    assert early.headers["retry-after"]
    await worker.know_registry()
    late = await first.post("/statements", body)
    assert (late.status_code, late.json()["code"]) == (422, "unknown_entity")
    assert late.json()["problems"][0]["path"] == "/trustee"


async def test_what_lets_more_through_waits_and_can_be_taken_back(
    delayed: None, first: Any, second: Any, worker: Any
) -> None:
    words = {"trustee": LISVIK, "assurance": 2}
    ids: list[str] = []
    for trustee in (LISVIK, CORVELO):
        proposed = (await first.post("/statements", {**words, "trustee": trustee})).json()
        signed = (await second.post(f"/proposals/{proposed['id']}/sign")).json()
        assert (signed["state"], signed["released_at"]) == ("scheduled", None)
        ids.append(proposed["id"])
    assert await worker.scheduled.take_effect() > 0
    assert await worker.events() == []
    taken_back = (await first.post(f"/proposals/{ids[1]}/withdraw")).json()
    assert taken_back["state"] == "withdrawn"
    worker.clock.pass_by(hours=24)
    assert await worker.scheduled.take_effect() == 0
    assert await worker.scheduled.take_effect() > 0
    (event,) = await worker.events()
    assert (event.data.statement.trustee, event.data.statement.recorded) == (LISVIK, 1)
    states = [item["state"] for item in (await first.get("/proposals")).json()["items"]]
    assert states == ["released", "withdrawn"]
    too_late = await first.post(f"/proposals/{ids[0]}/withdraw")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "already_released")
    assert (await second.post(f"/proposals/{ids[1]}/sign")).json()["code"] == "withdrawn"
    (item,) = (await first.get("/proposals", state="withdrawn")).json()["items"]
    assert item["id"] == ids[1]


async def test_a_key_that_was_compromised_meanwhile_lets_nothing_in(
    delayed: None, first: Any, second: Any, worker: Any, publish: Any, signed: Any, key: Any
) -> None:
    await publish()
    proposed = (await first.post("/statements", signed())).json()
    await second.post(f"/proposals/{proposed['id']}/sign")
    await worker.pool.execute("update issuer set sequence = 0")
    await publish(compromised_at=worker.clock.now())
    worker.clock.pass_by(hours=24)
    assert await worker.scheduled.take_effect() == 0
    told = (await first.get(f"/proposals/{proposed['id']}")).json()
    assert (told["state"], told["lapsed"]) == ("lapsed", "key_compromised")
    assert await worker.events() == []


async def test_a_document_that_says_something_else_than_was_approved_lets_nothing_in(
    delayed: None, first: Any, second: Any, worker: Any, publish: Any, signed: Any, recognition_admin: Any
) -> None:
    await publish()
    proposed = (await first.post("/statements", signed())).json()
    await second.post(f"/proposals/{proposed['id']}/sign")
    other = json.dumps(signed({**WORDS, "depth": 2}))
    await recognition_admin.pool.execute(
        "update recognition.proposal set subject = jsonb_set(subject, '{signed}', $1::jsonb)", other
    )
    worker.clock.pass_by(hours=24)
    await worker.scheduled.take_effect()
    told = (await first.get(f"/proposals/{proposed['id']}")).json()
    assert (told["state"], told["lapsed"]) == ("lapsed", "document_differs")


async def test_distrust_is_instant_and_ending_it_takes_two(first: Any, second: Any, worker: Any) -> None:
    body = {"trustee": LISVIK, "assurance": 1, "polarity": "distrust"}
    stated = (await first.post("/statements", body)).json()
    assert (stated["state"], stated["second"]) == ("released", None)
    ending = await first.post(f"/statements/{stated['subject_id']}/revoke", {"reason": "MADE_IN_ERROR"})
    assert (ending.status_code, ending.json()["state"]) == (201, "waiting")
    assert len(await worker.events()) == 1
    await second.post(f"/proposals/{ending.json()['id']}/sign")
    published, revoked = await worker.events()
    assert published.data.statement.polarity == "distrust"
    assert revoked.data.statement.revoked == 2
    assert revoked.data.statement.signed == published.data.statement.signed


@pytest.fixture
async def boreal(person: Callable[..., Any], release: Any) -> dict[str, str]:
    """An alliance that trusts two of its members; answers its statements by member."""
    one, two = person("b-one", BOREAL), person("b-two", BOREAL)
    members = [{"entity": each, "during": {"from": "2023-09-01"}} for each in (ASTERVIK, CORVELO, LISVIK)]
    await release("/alliances", {"name": "Boreal", "members": members}, one, two)
    stated: dict[str, str] = {}
    for member in (CORVELO, LISVIK):
        body = {"trustee": member, "assurance": 2, "in_force": {"to": "2027-09-01"}}
        stated[member] = (await release("/statements", body, one, two))["subject_id"]
    return stated


MEMBERSHIP = {"trustee": BOREAL, "depth": 1, "assurance": 2, "in_force": {"from": "2026-01-01"}}


async def test_a_frozen_statement_about_an_alliance_becomes_one_about_each_member(
    boreal: dict[str, str], first: Any, release: Any, worker: Any, person: Callable[..., Any]
) -> None:
    unsaid = await first.post("/statements", MEMBERSHIP)
    assert unsaid.json()["code"] == "membership_missing"
    source = (await release("/statements", {**MEMBERSHIP, "membership": "frozen"}))["subject_id"]
    made = [event.data.statement for event in await worker.events() if event.tenant == ASTERVIK]
    assert sorted(one.trustee for one in made) == [CORVELO, LISVIK]
    for one in made:
        assert one.rests_on == (source, boreal[one.trustee])
        assert one.depth == 0
        assert (one.in_force.start.isoformat(), one.in_force.end.isoformat()) == ("2026-01-01", "2027-09-01")
        assert one.signed.document["membership"] == "frozen"
    ends = person("b-one", BOREAL)
    answer = await ends.post(f"/statements/{boreal[LISVIK]}/revoke", {"reason": "AGREEMENT_ENDED"})
    assert answer.status_code == 200, answer.text
    ended = [event for event in await worker.events() if event.type.endswith("revoked.v1")]
    assert {event.data.statement.truster for event in ended} == {BOREAL, ASTERVIK}
    assert sorted(event.sequence for event in ended) == [event.data.version for event in ended]
    again = await first.post(f"/statements/{source}/revoke", {"reason": "REPLACED"})
    assert again.status_code == 200, again.text
    assert again.json()["statement"]["trustee"] == CORVELO
    assert (await first.get("/statements", in_force_only=True, direction="own")).json()["items"] == []


async def test_a_following_statement_about_an_alliance_stays_one(
    boreal: dict[str, str], first: Any, release: Any, worker: Any
) -> None:
    low = await first.post("/statements", {**MEMBERSHIP, "assurance": 1, "membership": "follow"})
    assert low.json()["code"] == "assurance_too_low"
    await release("/statements", {**MEMBERSHIP, "membership": "follow"})
    (event,) = [event for event in await worker.events() if event.tenant == ASTERVIK]
    assert (event.data.statement.trustee, event.data.statement.rests_on) == (BOREAL, ())
    elsewhere = await first.post("/statements", {"trustee": LISVIK, "assurance": 2, "membership": "follow"})
    assert elsewhere.json()["code"] == "not_an_alliance"


async def test_nobody_is_trusted_through_an_alliance_that_trusts_nobody(
    person: Callable[..., Any], release: Any, first: Any, second: Any
) -> None:
    one, two = person("b-one", BOREAL), person("b-two", BOREAL)
    await release("/alliances", {"name": "Boreal"}, one, two)
    proposed = (await first.post("/statements", {**MEMBERSHIP, "membership": "frozen"})).json()
    answer = await second.post(f"/proposals/{proposed['id']}/sign")
    assert (answer.status_code, answer.json()["code"]) == (422, "nobody_to_trust")


async def test_whoever_states_is_told_before_it_ends(release: Any, worker: Any) -> None:
    body = {"trustee": LISVIK, "assurance": 2, "in_force": {"to": "2027-01-01"}}
    await release("/statements", body)
    await worker.scheduled.warn()
    assert len(await worker.events()) == 1
    for days in (16, 0, 23, 5, 1):  # until 30, 30, 7, 2, 1 days are left
        worker.clock.pass_by(days=days)
        await worker.scheduled.warn()
    told = [event.data for event in await worker.events()][1:]
    assert [one.days_left for one in told] == [30, 7, 1]
    assert {one.ends.isoformat() for one in told} == {"2027-01-01"}
    assert told[0].statement.recorded == 1
