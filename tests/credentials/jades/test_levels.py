"""Seals of every level: what is proven, since when, and what an ended or revoked certificate means."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from mutua_credentials.verify import CheckName, Result, Verdict, Verification

from .pki import (
    ANSWERING,
    AUTHORITY,
    BEGINS,
    LONG,
    NOW,
    ORGANISATION,
    SEAL,
    SEALED,
    SHORT_LIVED,
    STAMPING,
    make,
)


def results(found: Verification) -> dict[str, tuple[str, str]]:
    return {
        check.name.value: (check.result.value, check.code)
        for check in found.checks
        if check.name in (CheckName.SIGNATURE, CheckName.ISSUER_BINDING, CheckName.SEAL_LEVEL)
    }


def test_level_b_in_force_without_revocation_data_is_unknown(start: Any, check: Any) -> None:
    found = check(start(), as_of=SEALED + timedelta(days=1))
    assert found.verdict is Verdict.UNKNOWN
    assert results(found) == {
        "signature": ("pass", "verified"),
        "issuer_binding": ("unknown", "revocation_unknown"),
        "seal_level": ("pass", "baseline_b"),
    }


def test_level_b_with_embedded_revocation_data_is_valid_while_it_lasts(
    start: Any, check: Any, pki: Any
) -> None:
    made = start().with_values(lists=[pki.issuing.crl()])
    assert check(made, as_of=SEALED + timedelta(days=1)).verdict is Verdict.VALID
    late = check(made, as_of=SEALED + timedelta(days=30))
    assert late.check(CheckName.ISSUER_BINDING).code == "revocation_unknown"


def test_a_certificate_that_is_never_revoked_needs_no_revocation_data(
    start: Any, check: Any, pki: Any
) -> None:
    party = make(
        "Lisvik",
        pki.issuing,
        organisation=ORGANISATION,
        extensions=(*SEAL, SHORT_LIVED),
    )
    assert check(start(party), as_of=SEALED + timedelta(days=1)).verdict is Verdict.VALID
    ended = check(start(party))
    assert ended.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"
    assert ended.verdict is Verdict.UNKNOWN


def test_levels_lt_and_lta_outlive_the_certificate(start: Any, check: Any, pki: Any) -> None:
    for values in (
        {"lists": [pki.issuing.crl()]},
        {"answers": [pki.issuing.answer(pki.seal)]},
        {"answers": [pki.issuing.answer(pki.seal, pki.responder)]},
    ):
        made = start().stamped(pki.tsa).with_values([pki.issuing], **values)
        found = check(made)
        assert results(found) == {
            "signature": ("pass", "verified"),
            "issuer_binding": ("pass", "seal_of_issuer"),
            "seal_level": ("pass", "baseline_lt"),
        }, values
        assert found.verdict is Verdict.VALID
        archived = check(made.archived(pki.tsa))
        assert archived.check(CheckName.SEAL_LEVEL).code == "baseline_lta"
        assert archived.verdict is Verdict.VALID
        assert archived.check(CheckName.ISSUER_BINDING).evidence["proven_at"] == "2024-03-01T10:00:00Z"


def test_authorities_with_rsa_keys(start: Any, check: Any, pki: Any) -> None:
    key = rsa.generate_private_key(65537, 2048)
    tsa = make("Clock", pki.stamping_root, key=key, extensions=STAMPING)
    for salted in (False, True):
        made = start().stamped(tsa, salted=salted).with_values(lists=[pki.issuing.crl()])
        assert check(made).check(CheckName.SEAL_LEVEL).code == "baseline_lt"


def test_level_t_lacks_revocation_data(start: Any, check: Any, pki: Any) -> None:
    assert results(check(start().stamped(pki.tsa))) == {
        "signature": ("pass", "verified"),
        "issuer_binding": ("unknown", "revocation_unknown"),
        "seal_level": ("pass", "baseline_t"),
    }


@pytest.mark.parametrize(
    ("anchors", "binding", "level"),
    [
        ((), ("unknown", "anchor_unknown"), ("unknown", "authority_unknown")),
        (("issuing",), ("unknown", "certificate_not_in_force"), ("unknown", "authority_unknown")),
        (("stamping_root",), ("unknown", "anchor_unknown"), ("unknown", "anchor_unknown")),
        (("tsa", "issuing"), ("pass", "seal_of_issuer"), ("pass", "baseline_lt")),
        (("stamping_root", "root"), ("unknown", "revocation_unknown"), ("unknown", "revocation_unknown")),
        (("stamping_root", "seal"), ("unknown", "anchor_unknown"), ("unknown", "anchor_unknown")),
    ],
)
def test_what_the_anchors_decide(
    start: Any, check: Any, pki: Any, anchors: tuple[str, ...], binding: Any, level: Any
) -> None:
    made = start().stamped(pki.tsa).with_values([pki.issuing], lists=[pki.issuing.crl()])
    found = results(check(made, anchors=[getattr(pki, name).der for name in anchors]))
    assert found["signature"] == ("pass", "verified")
    assert found["issuer_binding"] == binding
    assert found["seal_level"] == level


def test_a_root_as_anchor_wants_the_state_of_every_certificate_below(
    start: Any, check: Any, pki: Any
) -> None:
    lists = [pki.issuing.crl(), pki.root.crl()]
    made = start(chain=[pki.issuing]).stamped(pki.tsa).with_values(lists=lists)
    assert check(made, anchors=[pki.root.der, pki.stamping_root.der]).verdict is Verdict.VALID


def test_revoked_before_the_time_stamp_fails_and_after_it_does_not(start: Any, check: Any, pki: Any) -> None:
    serial = pki.seal.certificate.serial_number
    for moment, verdict in ((-1, Verdict.INVALID), (0, Verdict.INVALID), (1, Verdict.VALID)):
        since = SEALED + timedelta(hours=moment)
        listed = pki.issuing.crl({serial: (since, None)}, published=SEALED + timedelta(days=2))
        found = check(start().stamped(pki.tsa).with_values(lists=[listed]))
        assert found.verdict is verdict, moment
        answered = pki.issuing.answer(pki.seal, revoked_at=since, published=SEALED + timedelta(days=2))
        assert check(start().stamped(pki.tsa).with_values(answers=[answered])).verdict is verdict, moment


def test_revoked_and_without_a_trusted_time_stamp_fails(start: Any, check: Any, pki: Any) -> None:
    serial = pki.seal.certificate.serial_number
    listed = pki.issuing.crl({serial: (SEALED + timedelta(days=90), None)}, published=NOW)
    found = check(start().with_values(lists=[listed]))
    assert found.check(CheckName.ISSUER_BINDING).code == "certificate_revoked"
    known = check(start().with_values(lists=[listed]), existed_by=SEALED + timedelta(days=1))
    assert known.check(CheckName.ISSUER_BINDING).code == "seal_of_issuer"


def test_revocation_published_after_the_day_asked_for_does_not_exist_yet(
    start: Any, check: Any, pki: Any
) -> None:
    serial = pki.seal.certificate.serial_number
    listed = pki.issuing.crl({serial: (SEALED, None)}, published=SEALED + timedelta(days=9))
    made = start().stamped(pki.tsa).with_values(lists=[listed, pki.issuing.crl()])
    assert check(made, as_of=SEALED + timedelta(days=3)).verdict is Verdict.VALID
    assert check(made).verdict is Verdict.INVALID


def test_revocation_data_that_says_nothing(start: Any, check: Any, pki: Any) -> None:
    serial, long_ago = pki.seal.certificate.serial_number, SEALED - timedelta(days=60)
    foreign = make("Issuing", extensions=AUTHORITY, **LONG)
    impostor = make("Responder", pki.root, extensions=ANSWERING, **LONG)
    bare = make("Responder", pki.issuing, extensions=SEAL, **LONG)
    silent = [
        {"lists": [pki.issuing.crl({serial: (long_ago, None)}, by=foreign)]},
        {"lists": [pki.root.crl({serial: (long_ago, None)})]},
        {"lists": [pki.issuing.crl(published=long_ago, until=long_ago + timedelta(days=7))]},
        {"lists": [pki.issuing.crl(published=NOW)]},
        {"lists": [pki.issuing.crl(extensions=[(x509.DeltaCRLIndicator(3), True)])]},
        {"answers": [pki.issuing.answer(pki.tsa)]},
        {"answers": [pki.issuing.answer(pki.seal, impostor, revoked_at=long_ago)]},
        {"answers": [pki.issuing.answer(pki.seal, bare, revoked_at=long_ago)]},
        {"answers": [pki.issuing.answer(pki.seal, published=long_ago)]},
        {"lists": [b"\x30\x03\x02\x01\x01"], "answers": [b"\x30\x80\x00"]},
    ]
    for values in silent:
        found = check(start().stamped(pki.tsa).with_values(**values))
        assert found.check(CheckName.ISSUER_BINDING).code == "revocation_unknown", values
        assert found.verdict is Verdict.UNKNOWN


def test_a_list_taken_back_by_a_later_entry_does_not_revoke(start: Any, check: Any, pki: Any) -> None:
    serial = pki.seal.certificate.serial_number
    entry = {serial: (SEALED - timedelta(days=1), x509.ReasonFlags.remove_from_crl)}
    assert (
        check(start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl(entry)])).verdict is Verdict.VALID
    )


def test_the_seal_counts_only_from_its_begin(start: Any, check: Any, pki: Any) -> None:
    made = start().stamped(pki.tsa, BEGINS - timedelta(days=1)).with_values(lists=[pki.issuing.crl()])
    found = check(made)
    assert found.check(CheckName.ISSUER_BINDING).result is Result.UNKNOWN
    assert found.check(CheckName.SEAL_LEVEL).result is Result.UNKNOWN
