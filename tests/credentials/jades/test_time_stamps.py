"""Time stamps that are broken, late, or of nobody who is known: none of them proves anything."""

import base64
import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509

from mutua_credentials.verify import CheckName, Result, Verdict

from .pki import BEGINS, ENDS, LONG, NOW, SEALED, STAMPING, b64, make
from .seals import tokens

STAMP_CODES = [
    ("imprint_wrong", lambda made, pki: pki.tsa.stamp(b"another text")),
    ("hash_weak", lambda made, pki: pki.tsa.stamp(made.signature_text.encode(), algorithm="sha1")),
    (
        "authority_certificate_wrong",
        lambda made, pki: pki.tsa.stamp(made.signature_text.encode(), names=pki.seal),
    ),
    ("authority_purpose_wrong", lambda made, pki: pki.seal.stamp(made.signature_text.encode())),
    ("timestamp_malformed", lambda made, pki: "AAAA"),
    ("timestamp_malformed", lambda made, pki: None),
    ("timestamp_malformed", lambda made, pki: b64(b"\x30\x84\xff\xff\xff\xff\x00")),
    ("timestamp_malformed", lambda made, pki: b64(b"\x30\x80" * 20_000)),
    ("timestamp_malformed", lambda made, pki: b64(pki.tsa.der)),
    ("timestamp_signature_wrong", lambda made, pki: forged(made, pki)),
]


def forged(made: Any, pki: Any) -> str:
    """Another instant under the same signature."""
    token = cms.ContentInfo.load(base64.b64decode(pki.tsa.stamp(made.signature_text.encode())))
    content = token["content"]["encap_content_info"]["content"]
    token["content"]["encap_content_info"]["content"] = type(content)(
        content.native_bytes.replace(b"20240301", b"20230301")
        if hasattr(content, "native_bytes")
        else bytes(content).replace(b"20240301", b"20230301")
    )
    return base64.b64encode(token.dump(force=True)).decode()


@pytest.mark.parametrize(("code", "stamp"), STAMP_CODES)
def test_a_broken_time_stamp_counts_as_none(start: Any, check: Any, pki: Any, code: str, stamp: Any) -> None:
    made = start()
    made.add({"sigTst": tokens(stamp(made, pki))}).with_values(lists=[pki.issuing.crl()])
    found = check(made)
    assert found.check(CheckName.SEAL_LEVEL).result is Result.FAIL
    assert found.check(CheckName.SEAL_LEVEL).code == code
    assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"
    assert found.verdict is Verdict.UNKNOWN
    while_in_force = check(made, as_of=SEALED + timedelta(days=1))
    assert while_in_force.verdict is Verdict.VALID


def test_a_good_time_stamp_beside_a_broken_one_still_counts(start: Any, check: Any, pki: Any) -> None:
    made = start()
    text = made.signature_text.encode()
    made.add({"sigTst": tokens("AAAA", pki.tsa.stamp(text))}).with_values(lists=[pki.issuing.crl()])
    found = check(made)
    assert (found.verdict, found.check(CheckName.SEAL_LEVEL).result) == (Verdict.VALID, Result.FAIL)


def test_time_stamps_that_prove_nothing(start: Any, check: Any, pki: Any) -> None:
    stranger = make("Stranger", extensions=STAMPING)
    ended = make(
        "Clock",
        pki.stamping_root,
        begins=datetime(2021, 1, 1, tzinfo=UTC),
        ends=datetime(2022, 1, 1, tzinfo=UTC),
        extensions=STAMPING,
    )
    for tsa, at, code in (
        (stranger, SEALED, "authority_unknown"),
        (ended, SEALED, "authority_not_in_force"),
        (pki.tsa, NOW + timedelta(days=1), "timestamp_in_future"),
    ):
        found = check(start().stamped(tsa, at).with_values(lists=[pki.issuing.crl()]))
        level = found.check(CheckName.SEAL_LEVEL)
        assert (level.result, level.code) == (Result.UNKNOWN, code)
        assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"


def test_a_time_stamp_after_the_certificate_ended_does_not_save_it(start: Any, check: Any, pki: Any) -> None:
    tsa = make("Clock", pki.stamping_root, extensions=STAMPING, **LONG)
    made = start().stamped(tsa, ENDS + timedelta(days=1)).with_values(lists=[pki.issuing.crl()])
    found = check(made)
    assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"
    assert found.verdict is Verdict.UNKNOWN


def test_a_stamp_over_the_payload_alone_proves_nothing_of_the_signature(
    start: Any, check: Any, pki: Any
) -> None:
    payload = start().payload.encode()
    header = {"adoTst": tokens(pki.tsa.stamp(payload)), "crit": ["b64", "sigT", "adoTst"]}
    found = check(start(header=header).with_values(lists=[pki.issuing.crl()]))
    assert found.check(CheckName.SEAL_LEVEL).code == "baseline_b"
    assert found.check(CheckName.ISSUER_BINDING).code == "certificate_not_in_force"


def test_a_revoked_authority_keeps_its_older_stamps_only_where_its_key_was_safe(
    start: Any, check: Any, pki: Any
) -> None:
    serial, since = pki.tsa.certificate.serial_number, SEALED + timedelta(days=20)
    for reason, verdict in (
        (x509.ReasonFlags.superseded, Verdict.VALID),
        (x509.ReasonFlags.key_compromise, Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ):
        listed = pki.stamping_root.crl({serial: (since, reason)}, published=since)
        made = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl(), listed])
        found = check(made)
        assert found.verdict is verdict, reason
    before = pki.stamping_root.crl({serial: (BEGINS, x509.ReasonFlags.superseded)})
    found = check(start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl(), before]))
    assert found.check(CheckName.SEAL_LEVEL).code == "authority_revoked"


def test_an_archive_stamp_covers_what_came_before_it(start: Any, check: Any, pki: Any) -> None:
    made = start().stamped(pki.tsa).with_values(lists=[pki.issuing.crl()]).archived(pki.tsa)
    swapped = copy.deepcopy(made)
    swapped.etsi_u[0], swapped.etsi_u[1] = swapped.etsi_u[1], swapped.etsi_u[0]
    level = check(swapped).check(CheckName.SEAL_LEVEL)
    assert (level.result, level.code) == (Result.FAIL, "imprint_wrong")
    clear = copy.deepcopy(made)
    clear.etsi_u[0] = {"sigTst": {"tstTokens": []}}
    assert check(clear).verdict is Verdict.UNKNOWN
