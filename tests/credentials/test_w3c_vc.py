"""W3C credentials as `vc+jwt` and `vc+sd-jwt`: rules of the body, and its agreement with the JWT's claims."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mutua_credentials import jws
from mutua_credentials.keys import KeyRecord, KeyRing, PrivateKey
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.verify import CheckName, Result, StatusAnswer, Verdict, Verification, verify

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
ISSUER = "https://univ-lisvik.example"
KEY = PrivateKey.generate()
RING = KeyRing([KeyRecord(ISSUER, "k1", KEY.public_jwk, also=(KEY.kid,))])

BODY: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001",
    "type": ["VerifiableCredential"],
    "issuer": {"id": ISSUER, "name": "University of Lisvik"},
    "validFrom": "2026-11-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:1", "degree": "x"},
}

Run = Callable[..., Verification]


def run(body: dict[str, Any], *texts: str, typ: str = "vc+jwt", **given: Any) -> Verification:
    token = jws.sign({"typ": typ}, json.dumps(body).encode(), KEY)
    if typ == "vc+sd-jwt":
        token = "~".join([token, *texts, ""])
    return verify(token, **{"as_of": NOW, "keys": RING, **given})


@pytest.mark.parametrize("typ", ["vc+jwt", "vc+sd-jwt", "application/vc+jwt"])
def test_good(typ: str) -> None:
    found = run(BODY, typ=typ)
    assert found.verdict is Verdict.VALID
    assert (found.format, found.securing) == ("w3c-vc", typ.removeprefix("application/"))
    assert found.issuer is not None
    assert (found.issuer.id, found.issuer.name) == (ISSUER, "University of Lisvik")
    assert found.credential_id == BODY["id"]
    assert found.annex_i is None


def test_jwt_claims_that_agree() -> None:
    seconds = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
    agreeing = {"iss": ISSUER, "sub": "did:example:1", "jti": BODY["id"], "nbf": seconds}
    assert run(BODY | agreeing).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        ({"@context": None}, "context_missing"),
        ({"@context": []}, "context_missing"),
        (
            {"@context": ["https://example.org/other", "https://www.w3.org/ns/credentials/v2"]},
            "context_missing",
        ),
        ({"type": "Something"}, "type_missing"),
        ({"credentialSubject": None}, "subject_missing"),
        ({"credentialSubject": []}, "subject_missing"),
        ({"credentialSubject": "did:example:1"}, "subject_missing"),
        ({"issuer": None}, "issuer_missing"),
        ({"issuer": {"name": "x"}}, "issuer_missing"),
        ({"issuer": "_:b0"}, "blank_node"),
        ({"credentialSubject": {"id": "_:b0"}}, "blank_node"),
        ({"vc": {}}, "old_encoding"),
        ({"vp": {}}, "old_encoding"),
        ({"validFrom": "2026-11-01T00:00:00"}, "date_malformed"),
        ({"validFrom": "2026-11-01"}, "date_malformed"),
        ({"validUntil": 1}, "date_malformed"),
        ({"nbf": "soon"}, "date_malformed"),
        ({"iss": "https://univ-other.example"}, "claims_disagree"),
        ({"sub": "did:example:2"}, "claims_disagree"),
        ({"jti": "urn:uuid:0"}, "claims_disagree"),
        ({"nbf": 1}, "claims_disagree"),
        ({"validUntil": "2027-01-01T00:00:00Z", "exp": 1}, "claims_disagree"),
    ],
)
def test_structure(spoilt: dict[str, Any], code: str) -> None:
    found = run(BODY | spoilt)
    structure = found.check(CheckName.STRUCTURE)
    assert (structure.result, structure.code) == (Result.FAIL, code)
    assert found.check(CheckName.SIGNATURE).result is Result.SKIPPED
    assert found.verdict is Verdict.INVALID
    assert found.issuer is None


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"validUntil": "2026-11-16T09:00:00Z"}, "expired"),
        ({"validUntil": "2026-11-16T11:00:00+02:00"}, "expired"),
        ({"validUntil": "2026-11-16T09:00:01Z"}, "in_force"),
        ({"validFrom": "2026-11-16T09:02:00Z"}, "not_yet_valid"),
        ({"exp": 1}, "expired"),
        ({"iat": "2030-01-01T00:00:00Z"}, "in_force"),
    ],
)
def test_dates(dates: dict[str, Any], code: str) -> None:
    assert run(BODY | dates).check(CheckName.DATES).code == code


def test_a_schema_that_nobody_read_has_no_effect() -> None:
    found = run(BODY | {"credentialSchema": {"id": "https://example.org/s", "type": "JsonSchema"}})
    assert found.check(CheckName.SCHEMA).result is Result.UNKNOWN
    assert found.verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([Result.PASS, Result.PASS], Verdict.VALID),
        ([Result.PASS, Result.UNKNOWN], Verdict.UNKNOWN),
        ([Result.UNKNOWN, Result.FAIL], Verdict.INVALID),
    ],
)
def test_the_worst_status_entry_counts(results: list[Result], verdict: Verdict) -> None:
    entries = [{"type": "BitstringStatusListEntry", "at": at} for at in range(len(results))]
    found = run(
        BODY | {"credentialStatus": entries},
        statuses=lambda entry, *_: StatusAnswer(results[entry["at"]], "read"),
    )
    assert found.verdict is verdict


def test_sd_in_a_plain_jwt_means_nothing() -> None:
    assert run(BODY | {"_sd": ["x"]}).verdict is Verdict.VALID


def test_disclosures_of_a_w3c_credential() -> None:
    text = disclosures.make("degree", "y", "salt")
    body = BODY | {"credentialSubject": {"id": "did:example:1", "_sd": [disclosures.digest(text)]}}
    assert run(body, text, typ="vc+sd-jwt").verdict is Verdict.VALID
    forged = run(body, disclosures.make("degree", "z", "salt"), typ="vc+sd-jwt")
    assert forged.check(CheckName.SIGNATURE).code == "disclosure_not_signed"


@pytest.mark.parametrize("typ", ["vc+jwt", "vc+sd-jwt", "JWT"])
def test_a_badge_is_a_badge_however_it_is_secured(typ: str) -> None:
    badge = {"type": "Achievement", "id": "urn:uuid:1", "name": "x"}
    subject = {"id": "did:example:1", "type": "AchievementSubject", "achievement": badge}
    found = run(
        BODY | {"type": ["VerifiableCredential", "OpenBadgeCredential"], "credentialSubject": subject},
        typ=typ,
    )
    assert found.verdict is Verdict.VALID
    assert found.format == "openbadges3"


def test_a_holder_proof_that_was_demanded_is_missed() -> None:
    assert run(BODY, nonce="n").check(CheckName.HOLDER_BINDING).code == "key_binding_missing"


def test_not_after_the_leeway() -> None:
    assert run(BODY | {"iat": NOW.timestamp() + 30}, leeway=timedelta(0)).verdict is Verdict.INVALID
