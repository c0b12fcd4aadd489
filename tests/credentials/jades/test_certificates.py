"""Whose certificate seals: weak keys, other purposes, other organisations, paths that lead nowhere."""

import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mutua_credentials.verify import CheckName, Result, Verdict

from .pki import AUTHORITY, LONG, ORGANISATION, SEAL, make, usage
from .seals import signature


def test_every_seal_must_verify_and_the_issuers_counts(start: Any, check: Any, pki: Any) -> None:
    other = make("Other", pki.issuing, organisation="VATNO-111111111", extensions=SEAL)
    good = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    witness = start(other).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    assert check(good.document(witness)).verdict is Verdict.VALID
    assert check(witness.document(good)).verdict is Verdict.VALID
    assert check(witness.document(witness)).check(CheckName.ISSUER_BINDING).code == "organisation_of_another"
    broken = start(other)
    broken.signature_text = good.signature_text
    assert signature(check(good.document(broken))) == ("fail", "signature_wrong")


def test_weak_and_wrong_keys(start: Any, check: Any, pki: Any) -> None:
    wanted = {"organisation": ORGANISATION, "extensions": SEAL}
    small = make("Lisvik", pki.issuing, key=rsa.generate_private_key(65537, 1024), **wanted)
    assert signature(check(start(small))) == ("fail", "key_unusable")
    curve = make("Lisvik", pki.issuing, key=ec.generate_private_key(ec.SECP384R1()), **wanted)
    assert signature(check(start(curve))) == ("fail", "key_unusable")
    large = make("Lisvik", pki.issuing, key=rsa.generate_private_key(65537, 2048), **wanted)
    made = start(large).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    assert check(made).verdict is Verdict.VALID


def test_a_certificate_that_may_not_sign(start: Any, check: Any, pki: Any) -> None:
    agreeing = make("Lisvik", pki.issuing, organisation=ORGANISATION, extensions=[usage(key_agreement=True)])
    assert signature(check(start(agreeing))) == ("fail", "key_usage_wrong")


def test_certificates_of_somebody_else(start: Any, check: Any, pki: Any) -> None:
    def binding(organisation: str | None, **more: Any) -> tuple[str, str]:
        party = make("Lisvik", pki.issuing, organisation=organisation, extensions=SEAL)
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


def test_an_issuer_that_may_not_issue(start: Any, check: Any, pki: Any) -> None:
    """A seal's own certificate is no authority, whatever else is in the file."""
    forged = make("Lisvik", pki.seal, organisation=ORGANISATION, extensions=SEAL)
    made = start(forged, chain=[pki.seal]).stamped(pki.tsa).with_values(lists=[pki.issuing.crl()])
    assert check(made).check(CheckName.ISSUER_BINDING).code == "anchor_unknown"
    narrow = make(
        "Narrow",
        pki.issuing,
        extensions=((x509.BasicConstraints(ca=True, path_length=None), True), usage(crl_sign=True)),
    )
    below = make("Lisvik", narrow, organisation=ORGANISATION, extensions=SEAL)
    assert check(start(below, chain=[narrow])).check(CheckName.ISSUER_BINDING).code == "anchor_unknown"


def test_path_length_is_kept(start: Any, check: Any, pki: Any) -> None:
    short = (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        usage(key_cert_sign=True, crl_sign=True),
    )
    top = make("Top", extensions=short, **LONG)
    middle = make("Middle", top, extensions=AUTHORITY, **LONG)
    party = make("Lisvik", middle, organisation=ORGANISATION, extensions=SEAL)
    found = check(start(party, chain=[middle]), anchors=[top.der])
    assert found.check(CheckName.ISSUER_BINDING).code == "anchor_unknown"


def test_a_huge_chain_costs_little(start: Any, check: Any, pki: Any) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(4)]
    loops = [make("Loop", key=keys[i % 4], extensions=AUTHORITY, **LONG) for i in range(60)]
    party = make("Lisvik", loops[0], organisation=ORGANISATION, extensions=SEAL)
    begun = time.process_time()
    found = check(start(party, chain=loops * 30))
    assert found.check(CheckName.ISSUER_BINDING).code == "anchor_unknown"
    assert time.process_time() - begun < 5
