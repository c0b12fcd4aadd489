"""Seals that somebody tampered with, forged, or wrote in another way: each is refused with its own code."""

import copy
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mutua_credentials.verify import CheckName, Result, Verdict


def signature(found: Any) -> tuple[str, str]:
    check = found.check(CheckName.SIGNATURE)
    return check.result.value, check.code


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


def test_an_encoded_payload_is_a_jws_too(start: Any, check: Any, pki: Any, world: Any) -> None:
    made = start(header={"b64": None, "crit": ["sigT"]})
    made.payload = world.jws.encode(made.payload.encode())
    found = check(made.sign().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()]))
    assert found.verdict is Verdict.VALID
    mixed = check(start().document(made))
    assert mixed.check(CheckName.FORMAT).code == "encodings_mixed"


def test_every_seal_must_verify_and_the_issuers_counts(start: Any, check: Any, pki: Any, world: Any) -> None:
    other = world.make("Other", pki.issuing, organisation="VATNO-111111111", extensions=world.SEAL)
    good = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    witness = start(other).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    assert check(good.document(witness)).verdict is Verdict.VALID
    assert check(witness.document(good)).verdict is Verdict.VALID
    assert check(witness.document(witness)).check(CheckName.ISSUER_BINDING).code == "organisation_of_another"
    broken = start(other)
    broken.signature_text = good.signature_text
    assert signature(check(good.document(broken))) == ("fail", "signature_wrong")


def test_weak_and_wrong_keys(start: Any, check: Any, pki: Any, world: Any) -> None:
    wanted = {"organisation": world.ORGANISATION, "extensions": world.SEAL}
    small = world.make("Lisvik", pki.issuing, key=rsa.generate_private_key(65537, 1024), **wanted)
    assert signature(check(start(small))) == ("fail", "key_unusable")
    curve = world.make("Lisvik", pki.issuing, key=ec.generate_private_key(ec.SECP384R1()), **wanted)
    assert signature(check(start(curve))) == ("fail", "key_unusable")
    large = world.make("Lisvik", pki.issuing, key=rsa.generate_private_key(65537, 2048), **wanted)
    made = start(large).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    assert check(made).verdict is Verdict.VALID


def test_a_certificate_that_may_not_sign(start: Any, check: Any, pki: Any, world: Any) -> None:
    agreeing = world.make(
        "Lisvik", pki.issuing, organisation=world.ORGANISATION, extensions=[world.usage(key_agreement=True)]
    )
    assert signature(check(start(agreeing))) == ("fail", "key_usage_wrong")


def test_certificates_of_somebody_else(start: Any, check: Any, pki: Any, world: Any) -> None:
    def binding(organisation: str | None, **more: Any) -> tuple[str, str]:
        party = world.make("Lisvik", pki.issuing, organisation=organisation, extensions=world.SEAL)
        made = start(party, **more).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
        found = check(made).check(CheckName.ISSUER_BINDING)
        alone = check(made, anchors=[]).check(CheckName.ISSUER_BINDING)
        assert (alone.result is Result.FAIL) == (found.result is Result.FAIL)
        return found.result.value, found.code

    assert binding("VATNO-987654321") == ("pass", "seal_of_issuer")
    assert binding("VATNO-987654322") == ("fail", "organisation_of_another")
    assert binding("VATSE-987654321") == ("fail", "organisation_of_another")
    assert binding("NTRNO-987654321") == ("fail", "organisation_of_another")
    assert binding(None) == ("unknown", "organisation_not_stated")
    assert binding("987654321") == ("unknown", "organisation_not_stated")
    assert binding("VATNO-987654321", body={"issuer": "https://a.example"}) == (
        "unknown",
        "issuer_not_identified",
    )


def test_an_issuer_that_may_not_issue(start: Any, check: Any, pki: Any, world: Any) -> None:
    """A seal's own certificate is no authority, whatever else is in the file."""
    forged = world.make("Lisvik", pki.seal, organisation=world.ORGANISATION, extensions=world.SEAL)
    made = start(forged, chain=[pki.seal]).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    assert check(made).check(CheckName.ISSUER_BINDING).code == "anchor_unknown"
    narrow = world.make(
        "Narrow",
        pki.issuing,
        extensions=((x509.BasicConstraints(ca=True, path_length=None), True), world.usage(crl_sign=True)),
    )
    below = world.make("Lisvik", narrow, organisation=world.ORGANISATION, extensions=world.SEAL)
    assert check(start(below, chain=[narrow])).check(CheckName.ISSUER_BINDING).code == "anchor_unknown"


def test_path_length_is_kept(start: Any, check: Any, pki: Any, world: Any) -> None:
    short = (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        world.usage(key_cert_sign=True, crl_sign=True),
    )
    top = world.make("Top", extensions=short, **world.LONG)
    middle = world.make("Middle", top, extensions=world.AUTHORITY, **world.LONG)
    party = world.make("Lisvik", middle, organisation=world.ORGANISATION, extensions=world.SEAL)
    found = check(start(party, chain=[middle]), anchors=[top.der])
    assert found.check(CheckName.ISSUER_BINDING).code == "anchor_unknown"


def test_a_huge_chain_costs_little(start: Any, check: Any, pki: Any, world: Any) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(4)]
    loops = [world.make("Loop", key=keys[i % 4], extensions=world.AUTHORITY, **world.LONG) for i in range(60)]
    party = world.make("Lisvik", loops[0], organisation=world.ORGANISATION, extensions=world.SEAL)
    begun = time.process_time()
    found = check(start(party, chain=loops * 30))
    assert found.check(CheckName.ISSUER_BINDING).code == "anchor_unknown"
    assert time.process_time() - begun < 5


STAMP_CODES = [
    ("imprint_wrong", lambda made, pki, world: pki.tsa.stamp(b"another text")),
    ("hash_weak", lambda made, pki, world: pki.tsa.stamp(made.signature_text.encode(), algorithm="sha1")),
    (
        "authority_certificate_wrong",
        lambda made, pki, world: pki.tsa.stamp(made.signature_text.encode(), names=pki.seal),
    ),
    ("authority_purpose_wrong", lambda made, pki, world: pki.seal.stamp(made.signature_text.encode())),
    ("timestamp_malformed", lambda made, pki, world: "AAAA"),
    ("timestamp_malformed", lambda made, pki, world: None),
    ("timestamp_malformed", lambda made, pki, world: world.b64(b"\x30\x84\xff\xff\xff\xff\x00")),
    ("timestamp_malformed", lambda made, pki, world: world.b64(b"\x30\x80" * 20_000)),
    ("timestamp_malformed", lambda made, pki, world: world.b64(pki.tsa.der)),
    ("timestamp_signature_wrong", lambda made, pki, world: forged(made, pki)),
]


def forged(made: Any, pki: Any) -> str:
    """Another instant under the same signature."""
    import base64

    token = cms.ContentInfo.load(base64.b64decode(pki.tsa.stamp(made.signature_text.encode())))
    content = token["content"]["encap_content_info"]["content"]
    token["content"]["encap_content_info"]["content"] = type(content)(
        content.native_bytes.replace(b"20240301", b"20230301")
        if hasattr(content, "native_bytes")
        else bytes(content).replace(b"20240301", b"20230301")
    )
    return base64.b64encode(token.dump(force=True)).decode()


@pytest.mark.parametrize(("code", "stamp"), STAMP_CODES)
def test_a_broken_time_stamp_counts_as_none(
    start: Any, check: Any, pki: Any, world: Any, code: str, stamp: Any
) -> None:
    made = start()
    made.add({"sigTst": world.tokens(stamp(made, pki, world))}).with_values(lists=[pki.issuing.crl()])
    found = check(made)
    assert found.check(CheckName.SEAL_LEVEL).result is Result.FAIL
    assert found.check(CheckName.SEAL_LEVEL).code == code
    assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"
    assert found.verdict is Verdict.UNKNOWN
    while_in_force = check(made, as_of=world.SEALED + timedelta(days=1))
    assert while_in_force.verdict is Verdict.VALID


def test_a_good_time_stamp_beside_a_broken_one_still_counts(
    start: Any, check: Any, pki: Any, world: Any
) -> None:
    made = start()
    text = made.signature_text.encode()
    made.add({"sigTst": world.tokens("AAAA", pki.tsa.stamp(text))}).with_values(lists=[pki.issuing.crl()])
    found = check(made)
    assert (found.verdict, found.check(CheckName.SEAL_LEVEL).result) == (Verdict.VALID, Result.FAIL)


def test_time_stamps_that_prove_nothing(start: Any, check: Any, pki: Any, world: Any) -> None:
    stranger = world.make("Stranger", extensions=world.STAMPING)
    ended = world.make(
        "Clock",
        pki.stamping_root,
        begins=datetime(2021, 1, 1, tzinfo=UTC),
        ends=datetime(2022, 1, 1, tzinfo=UTC),
        extensions=world.STAMPING,
    )
    for tsa, at, code in (
        (stranger, world.SEALED, "authority_unknown"),
        (ended, world.SEALED, "authority_not_in_force"),
        (pki.tsa, world.NOW + timedelta(days=1), "timestamp_in_future"),
    ):
        found = check(start().stamped(tsa, at).with_values(lists=[pki.issuing.crl()]))
        level = found.check(CheckName.SEAL_LEVEL)
        assert (level.result, level.code) == (Result.UNKNOWN, code)
        assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"


def test_a_time_stamp_after_the_certificate_ended_does_not_save_it(
    start: Any, check: Any, pki: Any, world: Any
) -> None:
    tsa = world.make("Clock", pki.stamping_root, extensions=world.STAMPING, **world.LONG)
    made = start().stamped(tsa, world.ENDS + timedelta(days=1)).with_values(lists=[pki.issuing.crl()])
    found = check(made)
    assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"
    assert found.verdict is Verdict.UNKNOWN


def test_a_stamp_over_the_payload_alone_proves_nothing_of_the_signature(
    start: Any, check: Any, pki: Any, world: Any
) -> None:
    payload = start().payload.encode()
    header = {"adoTst": world.tokens(pki.tsa.stamp(payload)), "crit": ["b64", "sigT", "adoTst"]}
    found = check(start(header=header).with_values(lists=[pki.issuing.crl()]))
    assert found.check(CheckName.SEAL_LEVEL).code == "baseline_b"
    assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"


def test_a_revoked_authority_keeps_its_older_stamps_only_where_its_key_was_safe(
    start: Any, check: Any, pki: Any, world: Any
) -> None:
    serial, since = pki.tsa.certificate.serial_number, world.SEALED + timedelta(days=20)
    for reason, verdict in (
        (x509.ReasonFlags.superseded, Verdict.VALID),
        (x509.ReasonFlags.key_compromise, Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ):
        listed = pki.stamping_root.crl({serial: (since, reason)}, published=since)
        made = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl(), listed])
        found = check(made)
        assert found.verdict is verdict, reason
    before = pki.stamping_root.crl({serial: (world.BEGINS, x509.ReasonFlags.superseded)})
    found = check(start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl(), before]))
    assert found.check(CheckName.SEAL_LEVEL).code == "authority_revoked"


def test_members_added_later_are_only_evidence(start: Any, check: Any, pki: Any) -> None:
    made = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    for junk in ("AAAA", "***", 7, [], {"sigTst": 7}, {"xVals": {"a": 1}}, {"rVals": [1]}, {"tstVD": None}):
        spoilt = copy.deepcopy(made)
        spoilt.etsi_u.append(junk)
        assert check(spoilt).check(CheckName.ISSUER_BINDING).result is Result.PASS
    made.unprotected["etsiU"] = "no list"
    assert check(made).check(CheckName.SEAL_LEVEL).code == "baseline_b"


def test_an_archive_stamp_covers_what_came_before_it(start: Any, check: Any, pki: Any) -> None:
    made = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()]).archived(pki.tsa)
    swapped = copy.deepcopy(made)
    swapped.etsi_u[0], swapped.etsi_u[1] = swapped.etsi_u[1], swapped.etsi_u[0]
    level = check(swapped).check(CheckName.SEAL_LEVEL)
    assert (level.result, level.code) == (Result.FAIL, "imprint_wrong")
    clear = copy.deepcopy(made)
    clear.etsi_u[0] = {"sigTst": {"tstTokens": []}}
    assert check(clear).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"issuer": None}, "issuer_missing"),
        ({"issuer": {"legalName": {"en": "X"}}}, "issuer_missing"),
        ({"issuanceDate": "2024-03-01"}, "date_malformed"),
        ({"issued": "2024-03-01T10:00:00"}, "date_malformed"),
        ({"id": "_:b0"}, "blank_node"),
        ({"evidence": [{"id": "_:b1"}]}, "blank_node"),
    ],
)
def test_a_body_whose_structure_is_wrong(start: Any, check: Any, body: dict[str, Any], code: str) -> None:
    structure = check(start(body=body)).check(CheckName.STRUCTURE)
    assert (structure.result, structure.code) == (Result.FAIL, code)


def test_dates_of_the_credential(start: Any, check: Any, world: Any) -> None:
    late = check(start(body={"validUntil": "2025-01-01T00:00:00Z"})).check(CheckName.DATES)
    assert (late.result, late.code) == (Result.FAIL, "expired")
    early = check(start(), as_of=world.SEALED - timedelta(days=1)).check(CheckName.DATES)
    assert (early.result, early.code) == (Result.FAIL, "not_yet_valid")


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


def test_mandate_is_told_from_profile_or_evidence(start: Any, check: Any, pki: Any) -> None:
    mandate = "http://data.europa.eu/snb/evidence-type/c_18016257"
    for body, by_mandate in (
        ({}, False),
        ({"evidence": [{"type": "Evidence", "dcType": {"id": mandate}}]}, True),
        ({"evidence": {"dcType": mandate}}, True),
        ({"credentialProfiles": [{"id": "http://data.europa.eu/snb/credential/c_9a31f32a"}]}, True),
        ({"evidence": {"dcType": {"prefLabel": {"en": "Mandate"}}}}, False),
    ):
        found = check(start(body=body).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()]))
        assert found.issuer is not None
        assert found.issuer.sealed_by_mandate is by_mandate
        assert found.check(CheckName.ISSUER_BINDING).evidence["sealed_by_mandate"] is by_mandate


def test_who_awards_is_told_from_who_sealed(
    start: Any, check: Any, credential: dict[str, Any], world: Any
) -> None:
    subject = credential["credentialSubject"]
    spatial = "http://publications.europa.eu/resource/authority/country/NOR"
    for members, told in (
        ({}, "not_told"),
        ({"eIDASIdentifier": {"notation": world.ORGANISATION}}, "seal_holder"),
        ({"vatIdentifier": {"notation": "NO987654321"}}, "seal_holder"),
        ({"vatIdentifier": {"notation": "1", "spatial": {"id": spatial}}}, "another"),
    ):
        claim = {**subject["hasClaim"], "awardedBy": {"awardingBody": [{"id": "urn:x", **members}]}}
        found = check(start(body={"credentialSubject": {**subject, "hasClaim": claim}}))
        assert found.check(CheckName.ISSUER_BINDING).evidence["awarding_body"] == told
