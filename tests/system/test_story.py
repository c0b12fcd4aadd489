"""One micro-credential crosses a border: the whole story through public HTTP alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from house import House, until
from listening import Listener, Sent
from university import University, issuing, recognising

pytestmark = pytest.mark.servers

DECIDED = "eu.mutua.recognition.decided.v1"
REVIEW = "eu.mutua.review.requested.v1"
CLOSED = "eu.mutua.review.closed.v1"


@dataclass(frozen=True, slots=True)
class Office:
    """An office that subscribed to one country, by feed and by webhook."""

    house: House
    client: str
    endpoint: dict[str, Any]
    hooks: Listener
    path: str

    def feed(self, **query: Any) -> list[dict[str, Any]]:
        """Everything in its feed, page by page."""
        person = self.house.person(self.client)
        found: list[dict[str, Any]] = []
        after = "0"
        while True:
            answer = person.get("notifier", "/feeds/recognition", after=after, limit=50, **query)
            assert answer.status_code == 200, answer.text
            if not answer.json():
                return found
            found += answer.json()
            after = answer.headers["mutua-cursor"]

    def about(self, credential: str) -> dict[str, dict[str, Any]]:
        """Events about a credential in the feed, by type."""
        return {event["type"]: event for event in self.feed() if event["data"]["credential_id"] == credential}

    def hook(self, event_id: str) -> Sent:
        """The webhook of an event, waited for."""
        return until(lambda: next(iter(self._hooks(event_id)), None), f"a webhook about {event_id}")

    def _hooks(self, event_id: str) -> list[Sent]:
        return [one for one in self.hooks.sent(self.path) if one.headers["webhook-id"] == event_id]


@pytest.fixture(scope="module")
def hooks() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def subscribe(house: House, client: str, country: str, hooks: Listener) -> Office:
    person = house.person(client)
    grant = {"tenant": person.tenant, "country": country}
    house.person("operator").done("notifier", "/grants", grant)
    subscription = person.done("notifier", "/subscriptions", {"name": f"All in {country}"})
    path = f"/{client}/{uuid4()}"
    body = {"subscription": subscription["id"], "url": hooks.url + path}
    return Office(house, client, person.done("notifier", "/endpoints", body), hooks, path)


@pytest.fixture(scope="module")
def office(house: House, hooks: Listener) -> Office:
    """The office of Sweden, where Astervik has its seat."""
    return subscribe(house, "varnland-enic.subscriber", "SE", hooks)


@pytest.fixture(scope="module")
def other_office(house: House, hooks: Listener) -> Office:
    """An office of Germany."""
    return subscribe(house, "danubia-enic.subscriber", "DE", hooks)


@pytest.fixture(scope="module")
def issuer(house: House) -> University:
    return issuing(house)


@pytest.fixture(scope="module")
def recogniser(house: House, office: Office) -> University:
    return recognising(house, "astervik")


@pytest.fixture
def statement(issuer: University, recogniser: University) -> Iterator[str]:
    """A statement of trust that ends with the test."""
    made = recogniser.trusts(issuer)
    yield made
    recogniser.trusts_nobody()


@pytest.fixture
def course(issuer: University) -> str:
    return issuer.describes(f"LIS-{uuid4().hex[:10]}")


def test_yes_without_a_person(
    issuer: University,
    recogniser: University,
    statement: str,
    office: Office,
    other_office: Office,
    course: str,
) -> None:
    recogniser.looks_at(course, issuer)
    credential = issuer.issues(course)

    request = recogniser.settled(credential, "anticipated")
    record = recogniser.record(request)
    content = record["content"]
    assert content["outcome"]["code"] == "RECOGNISED_FULL"
    assert content["request"]["credential"]["id"] == credential
    assert {one["stage"]: one["result"] for one in content["stages"]}["S6"] == "PASS"
    assert statement in json.dumps(content["trust"])
    assert record["act"]["decided_by"]["mode"] == "machine"

    event = until(lambda: office.about(credential).get(DECIDED), "the decision in the office's feed")
    assert event["data"]["content_digest"] == record["content_digest"]
    assert event["data"]["chain"] == [statement]
    assert event["data"]["country"] == "SE"
    assert event["data"]["award_country"] == "NO"
    assert json.loads(office.hook(event["id"]).body) == event
    assert other_office.about(credential) == {}

    answer = recogniser.presents(credential)
    assert (answer.status_code, answer.json()["state"]) == (200, "decided")


def test_a_person_settles_what_the_machine_leaves_open(
    house: House, issuer: University, office: Office, other_office: Office, course: str
) -> None:
    brennau = recognising(house, "brennau")
    credential = issuer.issues(course)
    assert brennau.request_of(credential) is None, "nobody asked yet"

    request = brennau.presented(credential, "in_review")
    assert request["current"]["outcome"] == "REVIEW_REQUESTED"
    (waiting,) = [
        one
        for one in brennau.person("evaluator").seen("recognition", "/reviews")["items"]
        if one["credential"] == credential
    ]
    settle = {"action": "recognise", "sequence": waiting["sequence"]}
    path = f"/requests/{waiting['id']}/settle"
    settled = brennau.person("evaluator").done("recognition", path, settle)
    assert settled["state"] == "decided"
    late = brennau.person("evaluator").post("recognition", path, settle)
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")

    record = brennau.record(settled)
    assert record["act"]["decided_by"]["mode"] == "person"
    (person,) = record["act"]["decided_by"]["people"]
    assert person["id"].startswith("p-")
    assert "brennau.evaluator" not in json.dumps(record)

    until(lambda: other_office.about(credential).get(CLOSED), "the closed review in the feed of Germany")
    told = other_office.about(credential)
    assert set(told) == {"eu.mutua.recognition.requested.v1", REVIEW, DECIDED, CLOSED}
    assert told[DECIDED]["data"]["decided_by"] == "person"
    assert told[DECIDED]["data"]["people"] == [person["id"]]
    assert office.about(credential) == {}, "Sweden's office sees nothing of Germany"


def test_a_revoked_statement_sends_the_next_credential_to_a_person(
    issuer: University, recogniser: University, statement: str, office: Office, course: str
) -> None:
    recogniser.looks_at(course, issuer)
    first = issuer.issues(course)
    decided = recogniser.settled(first, "anticipated")

    recogniser.revokes(statement)
    second = issuer.issues(course)
    assert recogniser.settled(second)["state"] == "dormant"
    request = recogniser.presented(second, "in_review")
    content = recogniser.record(request)["content"]
    assert content["deciding_stage"] == "S6"
    until(lambda: office.about(second).get(REVIEW), "the review in the office's feed")

    still = recogniser.request_of(first)
    assert still is not None
    assert still["current"] == decided["current"], "what was decided stays as it is"


def test_every_signature_verifies_with_a_library_that_is_not_ours(
    house: House, issuer: University, recogniser: University, statement: str, office: Office, course: str
) -> None:
    recogniser.looks_at(course, issuer)
    credential = issuer.issues(course)
    event = until(lambda: office.about(credential).get(DECIDED), "the decision in the office's feed")

    hook = office.hook(event["id"])
    key = base64.b64decode(office.endpoint["public_key"].removeprefix("whpk_"))
    version, signature = hook.headers["webhook-signature"].split(",")
    signed = f"{hook.headers['webhook-id']}.{hook.headers['webhook-timestamp']}.".encode() + hook.body
    assert version == "v1a"
    public = Ed25519PublicKey.from_public_bytes(key)
    public.verify(base64.b64decode(signature), signed)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(signature), signed.replace(b"RECOGNISED", b"REC0GNISED"))

    (issued,) = house.about(credential, "mutua.credential")
    travels = issued["data"]["credential"]
    documents = house.http.get(
        house.address("issuer") + "/.well-known/jwt-vc-issuer", headers={"Host": issuer.host}
    )
    assert documents.status_code == 200, documents.text
    metadata = documents.json()
    assert metadata["issuer"] == f"https://{issuer.host}"
    keys = {key["kid"]: key for key in metadata["jwks"]["keys"]}
    for form in (travels, issuer.holder_form(credential)):
        header, payload = (unpacked(part) for part in form.split("~")[0].split(".")[:2])
        assert (header["alg"], payload["iss"]) == ("ES256", f"https://{issuer.host}")
        verify_es256(form, keys[header["kid"]])
    assert issuer.holder_form(credential).startswith(travels.split("~")[0] + "~"), "the same signed part"


def unpacked(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def verify_es256(compact: str, jwk: dict[str, str]) -> None:
    """Raises InvalidSignature where the key did not sign the first part of an SD-JWT."""
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=="), "big") for name in ("x", "y"))
    signed, _, signature = compact.split("~")[0].rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    public.verify(encode_dss_signature(r, s), signed.encode(), ECDSA(SHA256()))
