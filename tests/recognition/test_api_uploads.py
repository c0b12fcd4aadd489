"""Foreign credentials as files: of any format, sealed before they are stored, read in a process apart."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from mutua_contracts.issuer import Identifier, ProofJwk, ProofKey
from mutua_credentials import jws
from mutua_credentials.annex_i.openbadges_writing import write_badge
from mutua_credentials.integrity import Ed25519Key, did_key, sign_jcs, sign_rdfc
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_recognition import store
from mutua_recognition.api import policies
from mutua_recognition.statuses import Status, StatusRow
from mutua_recognition.verifying import Presented, Verified, Verifiers

from .lisvik import DID, LISVIK, SINCE, award
from .worker import ASTERVIK

pytestmark = pytest.mark.servers


@pytest.fixture
def key() -> Ed25519Key:
    return Ed25519Key.generate()


@pytest.fixture
async def ready(worker: Any, release: Callable[..., Any], key: Ed25519Key) -> Any:
    """A worker where Astervik relies on Lisvik, whose key for proofs has arrived."""
    await worker.know_registry()
    proof_key = ProofKey(kid=key.kid, alg="Ed25519", jwk=ProofJwk(x=key.public_jwk["x"]), valid_from=SINCE)
    vat = Identifier(scheme="EU-VAT", value="NO 123 456 785", confidence="high", source="seal-certificate")
    own_word = Identifier(scheme="EU-VAT", value="NO999", confidence="low", source="declared")
    registered = Identifier(scheme="DEQARINST", value=LISVIK)
    await worker.know_issuer(identifiers=(registered, vat, own_word), proof_keys=(proof_key,))
    await release("/policies", {"name": "credit", "purpose": "CREDIT", **policies.PRESETS["annex-i-credit"]})
    mandate = {"name": "m", "purposes": ["CREDIT"], "effect": "decide", "legal_basis": ["LRC.V"]}
    await release("/mandates", {**mandate, "during": {}})
    await release("/statements", {"trustee": LISVIK, "assurance": 2})
    return worker


@pytest.fixture
def badge(worker: Any, key: Ed25519Key) -> Callable[..., bytes]:
    """A function: an Open Badge of Lisvik as a file; another key makes it somebody else's."""

    def make(by: Ed25519Key = key, issuer: str = DID, method: str | None = None) -> bytes:
        now = worker.clock.now()
        document = write_badge(award(), credential_id=f"urn:uuid:{uuid4()}", issuer=issuer, valid_from=now)
        named = method or f"{issuer}#{by.kid}"
        return json.dumps(sign_jcs(document, by, verification_method=named, created=now)).encode()

    return make


@pytest.fixture
def upload(app: Any, http: Any, tokens: Any) -> Callable[..., Any]:
    """A function: an evaluator of Astervik uploads a file."""

    async def make(data: bytes, tenant: str = ASTERVIK, **more: Any) -> Any:
        headers = {
            "Authorization": tokens.bearer(tenant, "evaluator", sub="evaluator"),
            "Idempotency-Key": str(uuid4()),
            "Content-Type": "application/octet-stream",
            **more.pop("headers", {}),
        }
        params = {"purpose": "CREDIT", **more}
        return await http.post("/uploads", content=data, headers=headers, params=params)

    return make


async def test_a_badge_of_another_format_is_decided_like_any_other(
    ready: Any, upload: Any, badge: Any, evaluator: Any, recognition_admin: Any
) -> None:
    before = len(await ready.events())
    answer = await upload(badge())
    assert answer.status_code == 202, answer.text
    assert (answer.json()["issuer"], answer.json()["state"]) == (None, "waiting")
    await ready.evaluate()
    shown = (await evaluator.get(f"/requests/{answer.json()['id']}")).json()
    assert (shown["state"], shown["issuer"], shown["award_country"]) == ("decided", LISVIK, "NO")
    requested, decided = (await ready.events())[before:]
    assert requested.data.issuer is None
    assert (decided.data.outcome, decided.data.issuer) == ("RECOGNISED_FULL", LISVIK)
    record = (await evaluator.get(f"/decisions/{shown['current']['decision_id']}")).json()
    assert record["content"]["request"]["credential"]["format"] == "openbadges3"
    kept = await recognition_admin.dump()
    for personal in ("Ylva", "Testperson"):
        assert personal not in kept


async def test_other_securings_of_a_known_issuer_count_alike(
    ready: Any, upload: Any, key: Ed25519Key, evaluator: Any
) -> None:
    now = ready.clock.now()
    plain = write_badge(award(), credential_id=f"urn:uuid:{uuid4()}", issuer=DID, valid_from=now)
    with Canonicaliser() as canonicaliser:
        linked = sign_rdfc(
            plain, key, verification_method=f"{DID}#{key.kid}", created=now, canonicaliser=canonicaliser
        )
    assert isinstance(linked, dict), linked
    other = write_badge(award(), credential_id=f"urn:uuid:{uuid4()}", issuer=DID, valid_from=now)
    signer = jws.Named(ready.key, f"{DID}#{ready.key.kid}")
    token = jws.sign({"typ": "vc+jwt"}, json.dumps(other).encode(), signer)
    for data in (json.dumps(linked).encode(), token.encode()):
        answer = await upload(data)
        assert answer.status_code == 202, answer.text
        await ready.evaluate()
        shown = (await evaluator.get(f"/requests/{answer.json()['id']}")).json()
        record = (await evaluator.get(f"/decisions/{shown['current']['decision_id']}")).json()
        codes = [reason["code"] for reason in record["content"]["reasons"]]
        assert (shown["state"], shown["issuer"]) == ("decided", LISVIK), codes


class Sealed:
    """Verifiers that find the seal of an organisation in place of a key."""

    def __init__(self, verifiers: Verifiers, organisation: str) -> None:
        self._verifiers, self._organisation = verifiers, organisation

    async def verify(self, *given: Any) -> list[Verified]:
        found = await self._verifiers.verify(*given)
        return [
            replace(one, facts=replace(one.facts, signer=None), sealed_by=self._organisation) for one in found
        ]


async def test_a_seal_speaks_for_whom_its_organisation_is_known_to_be(
    ready: Any, upload: Any, badge: Any, evaluator: Any
) -> None:
    states: list[tuple[str, str | None]] = []
    for organisation in ("VATNO-123456785", "VATSE-123456785", "VATNO-999"):
        ready.verify_by(Sealed(ready.verifiers, organisation))
        answer = await upload(badge())
        await ready.evaluate()
        shown = (await evaluator.get(f"/requests/{answer.json()['id']}")).json()
        states.append((shown["state"], shown["issuer"]))
    assert states == [("decided", LISVIK), ("in_review", None), ("in_review", None)]


async def test_what_the_issuer_says_of_a_credential_reaches_its_files(
    ready: Any, upload: Any, badge: Any
) -> None:
    data = badge()
    await upload(data)
    await ready.evaluate()
    now = ready.clock.now()
    said = Status(json.loads(data)["id"], LISVIK, 2, "revoked", "award_withdrawn", now)
    async with ready.pool.acquire() as tx, tx.transaction():
        (touched,) = await store.store_statuses(tx, [StatusRow(said, str(uuid4()))], now=now)
    assert (touched["revisit"], touched["recogniser"]) == ("AUTH.REVOKED", ASTERVIK)


async def test_the_same_file_is_one_request(ready: Any, upload: Any, badge: Any) -> None:
    data = badge()
    assert b"Ylva" in data
    first, second = await upload(data), await upload(data)
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["id"] == second.json()["id"]
    assert await ready.pool.fetchval("select count(*) from upload") == 1


async def test_whoever_did_not_upload_a_file_cannot_present_it_by_its_id(
    ready: Any, upload: Any, badge: Any, person: Callable[..., Any]
) -> None:
    credential = (await upload(badge())).json()["credential"]
    theirs = person("theirs", LISVIK, "evaluator")
    answer = await theirs.post("/requests", {"credential_id": credential, "purpose": "CREDIT"})
    assert (answer.status_code, answer.json()["code"]) == (404, "credential_unknown")


async def test_a_key_that_the_file_brings_is_nobodys_word(
    ready: Any, upload: Any, badge: Any, evaluator: Any
) -> None:
    forger = Ed25519Key.generate()
    method = f"{did_key(forger.public_jwk)}#{forger.public_multikey}"
    forged = await upload(badge(by=forger, issuer=did_key(forger.public_jwk), method=method))
    await ready.evaluate()
    shown = (await evaluator.get(f"/requests/{forged.json()['id']}")).json()
    assert (shown["state"], shown["issuer"]) == ("in_review", None)
    record = (await evaluator.get(f"/decisions/{shown['current']['decision_id']}")).json()
    assert "AUTH.KEY_UNBOUND" in [reason["code"] for reason in record["content"]["reasons"]]
    wrong = await upload(badge(by=Ed25519Key.generate()))
    await ready.evaluate()
    assert (await evaluator.get(f"/requests/{wrong.json()['id']}")).json()["state"] == "inadmissible"


UNREADABLE = [
    (b"", "INTAKE.MALFORMED"),
    (b"{}", "INTAKE.UNKNOWN_FORMAT"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "INTAKE.MALFORMED"),
    (b'{"a": 1, "a": 2}', "INTAKE.MALFORMED"),
    (b"[" * 100_000, "INTAKE.MALFORMED"),
]


async def test_what_nobody_reads_leaves_nothing_behind(ready: Any, upload: Any) -> None:
    for data, code in UNREADABLE:
        answer = await upload(data)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    large = await upload(b"x" * (10 * 1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    no_target = await upload(b"{}", purpose="EXEMPTION")
    assert no_target.json()["code"] == "INTAKE.TARGET_MISSING"
    for table in ("credential", "upload", "subject_key", "request"):
        assert await ready.pool.fetchval(f"select count(*) from {table}") == 0


async def test_what_was_erased_before_it_was_looked_at_goes_to_a_person(
    ready: Any, upload: Any, badge: Any, first: Any, evaluator: Any
) -> None:
    answers = [await upload(badge(), headers={"Mutua-Learner": name}) for name in ("s-1", "s-1", "s-2")]
    assert await ready.pool.fetchval("select count(*) from subject_key") == 2
    assert (await first.post("/learners/erase", {"learner": "s-1"})).json() == {"erased": 1}
    assert (await first.post("/learners/erase", {"learner": "s-1"})).json() == {"erased": 0}
    assert await ready.pool.fetchval("select count(*) from upload") == 1
    await ready.evaluate()
    states = [(await evaluator.get(f"/requests/{answer.json()['id']}")).json()["state"] for answer in answers]
    assert states == ["in_review", "in_review", "decided"]
    again = await upload(badge(), headers={"Mutua-Learner": "s-1"})
    assert again.status_code == 202


async def test_a_file_that_cannot_be_opened_holds_up_no_other(
    ready: Any, upload: Any, badge: Any, evaluator: Any, recognition_admin: Any
) -> None:
    broken, sound = await upload(badge()), await upload(badge())
    credential = broken.json()["credential"]
    other = await ready.pool.fetchval("select sealed from upload where credential <> $1", credential)
    await recognition_admin.pool.execute(
        "update recognition.upload set sealed = $2 where credential = $1", credential, other
    )
    await ready.evaluate()
    states = [
        (await evaluator.get(f"/requests/{one.json()['id']}")).json()["state"] for one in (broken, sound)
    ]
    assert states == ["in_review", "decided"]


def _die(_: object) -> None:
    os._exit(3)


async def test_a_process_that_dies_takes_nothing_with_it(worker: Any, badge: Any) -> None:
    pool = Verifiers(1)
    try:
        with pytest.raises(Exception, match="terminated abruptly"):
            await pool.run(_die, None)
        now = datetime.now(UTC)
        (found,) = await pool.verify([Presented(badge(), now)], [], now)
        assert found.facts.format == "openbadges3"
    finally:
        pool.close()
