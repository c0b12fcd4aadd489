"""Envelopes that somebody tampered with or wrote in another way: each is refused with its own code."""

import copy
import json
import time
from typing import Any

import pytest

from mutua_credentials import jws
from mutua_credentials.verify import CheckName, Result, Verdict

from .seals import signature


def test_a_changed_text_is_seen(start: Any, check: Any) -> None:
    for old, new in (('/NO060"', '/NO061"'), ('": "', '":  "'), ("Lisvik", "Lisvig")):
        made = start()
        assert old in made.payload
        made.payload = made.payload.replace(old, new, 1)
        assert signature(check(made)) == ("fail", "signature_wrong")


def test_white_space_around_the_payload_is_not_forgiven(start: Any, check: Any) -> None:
    made = start()
    made.payload += "\n"
    found = check(made)
    assert signature(found) == ("fail", "signature_wrong")
    assert found.issuer is None
    assert found.annex_i is None


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": "none"}, "alg_not_allowed"),
        ({"alg": "HS256"}, "alg_not_allowed"),
        ({"alg": "RS1"}, "alg_not_allowed"),
        ({"alg": None}, "alg_not_allowed"),
        ({"alg": ["ES256"]}, "alg_not_allowed"),
        ({"alg": "RS256"}, "key_unusable"),
        ({"alg": "ES384"}, "key_unusable"),
        ({"crit": None}, "crit_malformed"),
        ({"crit": []}, "crit_malformed"),
        ({"crit": "b64"}, "crit_malformed"),
        ({"crit": ["sigT"]}, "crit_malformed"),
        ({"crit": ["b64", "b64"]}, "crit_malformed"),
        ({"crit": ["b64", 7]}, "crit_malformed"),
        ({"crit": ["b64", "adoTst"]}, "crit_malformed"),
        ({"crit": ["b64", "sigT", "exp"], "exp": 1}, "crit_not_understood"),
        ({"crit": ["b64", "sigD"], "sigD": {}}, "crit_not_understood"),
        ({"b64": 0}, "crit_malformed"),
        ({"sigT": "2024-03-01"}, "signing_time_malformed"),
        ({"sigT": 1709287200}, "signing_time_malformed"),
        ({"x5c": None}, "certificate_missing"),
        ({"x5c": []}, "certificate_missing"),
        ({"x5c": {"0": "x"}}, "certificate_missing"),
        ({"x5c": ["AAAA"]}, "certificate_unreadable"),
        ({"x5c": [17]}, "certificate_unreadable"),
        ({"x5c": ["MIIB" * 90_000]}, "certificate_unreadable"),
        ({"x5t#S256": "AAAA"}, "certificate_digest_wrong"),
        ({"x5t#S256": 3}, "certificate_digest_wrong"),
    ],
)
def test_a_header_that_is_wrong(start: Any, check: Any, header: dict[str, Any], code: str) -> None:
    found = check(start(header=header))
    if header.get("b64") == 0:
        assert found.verdict is Verdict.INVALID
        return
    assert signature(found) == ("fail", code)
    assert found.verdict is Verdict.INVALID


def test_headers_stand_once_and_under_the_signature(start: Any, check: Any) -> None:
    for name, value in (("alg", "ES256"), ("typ", "jose+json"), ("crit", ["b64"]), ("jwk", {}), ("x5c", [])):
        made = start()
        made.unprotected[name] = value
        assert signature(check(made)) == ("fail", "header_doubled")
    made = start()
    made.unprotected["note"] = "nobody reads this"
    assert check(made).check(CheckName.SIGNATURE).result is Result.PASS


def test_the_serialisation_is_general_json(start: Any, check: Any) -> None:
    whole = start().document()
    (entry,) = whole["signatures"]
    flattened = {"payload": whole["payload"], **entry}
    for document in (flattened, {**whole, **entry}, {**whole, "protected": entry["protected"]}):
        found = check(document)
        assert (found.check(CheckName.FORMAT).result, found.verdict) == (Result.FAIL, Verdict.INVALID)


def test_more_signatures_than_we_read_say_nothing_of_the_document(start: Any, check: Any) -> None:
    document = start().document()
    found = check({**document, "signatures": document["signatures"] * 9})
    told = found.check(CheckName.FORMAT)
    assert (told.result, told.code, found.verdict) == (
        Result.UNKNOWN,
        "too_many_signatures",
        Verdict.UNKNOWN,
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(payload=None),
        lambda document: document.update(payload={}),
        lambda document: document.update(payload="[]"),
        lambda document: document.update(payload='{"a": 1, "a": 2}'),
        lambda document: document.update(signatures=[7]),
        lambda document: document.update(signatures=[{}]),
        lambda document: document["signatures"][0].update(header=[]),
        lambda document: document["signatures"][0].update(protected="e30="),
        lambda document: document["signatures"][0].update(protected="W10"),
        lambda document: document["signatures"][0].update(protected="eyJhIjoxLCJhIjoyfQ"),
        lambda document: document["signatures"][0].update(signature="***"),
    ],
)
def test_an_envelope_that_cannot_be_read_in_one_way(start: Any, check: Any, spoil: Any) -> None:
    document = copy.deepcopy(start().document())
    spoil(document)
    found = check(document)
    assert found.check(CheckName.FORMAT).result is Result.FAIL
    assert found.securing == "jades"


def test_no_signature_is_unsecured(start: Any, check: Any) -> None:
    assert signature(check({**start().document(), "signatures": []})) == ("fail", "unsecured")


def test_an_encoded_payload_is_a_jws_too(start: Any, check: Any, pki: Any) -> None:
    made = start(header={"b64": None, "crit": ["sigT"]})
    made.payload = jws.encode(made.payload.encode())
    found = check(made.sign().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()]))
    assert found.verdict is Verdict.VALID
    mixed = check(start().document(made))
    assert mixed.check(CheckName.FORMAT).code == "encodings_mixed"


def test_members_added_later_are_only_evidence(start: Any, check: Any, pki: Any) -> None:
    made = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    for junk in ("AAAA", "***", 7, [], {"sigTst": 7}, {"xVals": {"a": 1}}, {"rVals": [1]}, {"tstVD": None}):
        spoilt = copy.deepcopy(made)
        spoilt.etsi_u.append(junk)
        assert check(spoilt).check(CheckName.ISSUER_BINDING).result is Result.PASS
    made.unprotected["etsiU"] = "no list"
    assert check(made).check(CheckName.SEAL_LEVEL).code == "baseline_b"


def test_ten_megabytes_stay_cheap(start: Any, check: Any, pki: Any) -> None:
    import tracemalloc

    made = start(body={"displayParameter": {"image": "A" * 9_000_000}})
    made.stamped(pki.tsa).with_values(lists=[pki.issuing.crl()]).archived(pki.tsa)
    data = json.dumps(made.document()).encode()
    begun = time.process_time()
    tracemalloc.start()
    found = check(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.verdict is Verdict.VALID
    assert peak < 200_000_000
    assert time.process_time() - begun < 5
