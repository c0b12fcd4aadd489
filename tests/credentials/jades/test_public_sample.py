"""The official sealed sample: valid long after its certificates ended, and what each of its members is for.

`pyhanko-certvalidator` is the second opinion on its path.
"""

import base64
import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import ExpiredError, InsufficientRevinfoError

from mutua_credentials import jades, jws
from mutua_credentials.jades import path, revocation
from mutua_credentials.verify import CheckName, Result, Verdict, Verification, verify

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STAMPED = datetime(2023, 9, 27, 11, 54, 20, tzinfo=UTC)

Spoil = Callable[[dict[str, Any], list[str]], object]


@pytest.fixture
def sealed(vectors: Path) -> dict[str, Any]:
    return json.loads((vectors / "elm-3" / "Sample-MC-Annex1-signed.jsonld").read_text())


@pytest.fixture
def anchors(vectors: Path) -> tuple[bytes, ...]:
    pem = (vectors / "verify" / "pub-elm-anchors" / "anchors.pem").read_bytes()
    found = x509.load_pem_x509_certificates(pem)
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in found)


def checked(document: dict[str, Any], anchors: Sequence[bytes], as_of: datetime = NOW) -> Verification:
    return verify(json.dumps(document).encode(), as_of=as_of, anchors=tuple(anchors))


def members(item: str) -> dict[str, Any]:
    return json.loads(jws.decode(item) or b"")


def test_every_rung_holds(sealed: dict[str, Any], anchors: tuple[bytes, ...]) -> None:
    found = checked(sealed, anchors)
    assert found.verdict is Verdict.VALID
    level = found.check(CheckName.SEAL_LEVEL)
    assert level.code == "baseline_lta"
    assert [stamp["result"] for stamp in level.evidence["timestamps"]] == ["trusted"] * 3
    assert level.evidence["qualification"]["types"] == ["eseal"]
    binding = found.check(CheckName.ISSUER_BINDING)
    assert binding.evidence["proven_at"] == "2023-09-27T11:54:20Z"
    assert (binding.evidence["sealed_by_mandate"], binding.evidence["awarding_body"]) == (True, "another")


@pytest.mark.parametrize(
    ("spoil", "binding", "level", "verdict"),
    [
        (lambda seal, items: items.pop(3), "seal_of_issuer", "baseline_lt", "valid"),
        (lambda seal, items: items.pop(2), "revocation_unknown", "imprint_wrong", "unknown"),
        (lambda seal, items: items.pop(1), "seal_of_issuer", "imprint_wrong", "valid"),
        (lambda seal, items: items.pop(0), "certificate_not_in_force", "imprint_wrong", "unknown"),
        (lambda seal, items: items.clear(), "certificate_not_in_force", "baseline_b", "unknown"),
        (lambda seal, items: seal.pop("header"), "certificate_not_in_force", "baseline_b", "unknown"),
        (lambda seal, items: items.insert(0, items[3]), "seal_of_issuer", "imprint_wrong", "valid"),
    ],
)
def test_without_some_of_it(
    sealed: dict[str, Any], anchors: tuple[bytes, ...], spoil: Spoil, binding: str, level: str, verdict: str
) -> None:
    seal = sealed["signatures"][0]
    spoil(seal, seal["header"]["etsiU"])
    found = checked(sealed, anchors)
    assert found.check(CheckName.ISSUER_BINDING).code == binding
    assert found.check(CheckName.SEAL_LEVEL).code == level
    assert found.verdict.value == verdict


def test_signed_texts_cannot_change(sealed: dict[str, Any], anchors: tuple[bytes, ...]) -> None:
    seal = sealed["signatures"][0]
    header = members(seal["protected"])
    for changed in (
        {**header, "sigT": "2023-09-28T11:54:17Z"},
        {name: value for name, value in header.items() if name != "adoTst"} | {"crit": ["b64", "sigT"]},
        {**header, "kid": "x"},
    ):
        document = copy.deepcopy(sealed)
        document["signatures"][0]["protected"] = jws.encode(json.dumps(changed).encode())
        assert checked(document, anchors).check(CheckName.SIGNATURE).code == "signature_wrong"
    for old, new in (("Ana", "Eva"), ('"notation":"VATES-A', '"notation":"VATES-B'), ("{", "{ ")):
        document = {**sealed, "payload": sealed["payload"].replace(old, new, 1)}
        found = checked(document, anchors)
        assert found.check(CheckName.SIGNATURE).code == "signature_wrong"
        assert found.verdict is Verdict.INVALID


def test_as_of_other_days(sealed: dict[str, Any], anchors: tuple[bytes, ...]) -> None:
    assert checked(sealed, anchors, STAMPED + timedelta(minutes=1)).verdict is Verdict.VALID
    before = checked(sealed, anchors, STAMPED - timedelta(days=1))
    assert before.check(CheckName.DATES).result is Result.FAIL
    assert before.check(CheckName.SEAL_LEVEL).code == "timestamp_in_future"


async def test_a_second_opinion_on_the_path(sealed: dict[str, Any], anchors: tuple[bytes, ...]) -> None:
    opened = jades.open_sealed(sealed)
    assert isinstance(opened, jades.Sealed)
    signed = jades.check_signature(opened.seals[0])
    assert isinstance(signed, jades.Signed)
    values = members(sealed["signatures"][0]["header"]["etsiU"][2])["rVals"]["ocspVals"]
    answer = ocsp.OCSPResponse.load(base64.b64decode(values[0]["val"]))

    async def other(ocsps: list[Any], at: datetime) -> None:
        context = ValidationContext(
            trust_roots=[asn1_x509.Certificate.load(der) for der in anchors],
            allow_fetching=False,
            ocsps=ocsps,
            moment=at,
            best_signature_time=at,
            revocation_mode="hard-fail",
        )
        leaf = asn1_x509.Certificate.load(signed.certificate.public_bytes(Encoding.DER))
        await CertificateValidator(leaf, validation_context=context).async_validate_path()

    def ours(texts: list[str], at: datetime) -> str:
        known = revocation.read_revocation([], texts)
        return path.check_path(signed.certificate, (), jades.read_anchors(anchors), at, NOW, known).code

    text = [values[0]["val"]]
    await other([answer], STAMPED)
    assert ours(text, STAMPED) == "good"
    with pytest.raises(InsufficientRevinfoError):
        await other([], STAMPED)
    assert ours([], STAMPED) == "revocation_unknown"
    with pytest.raises(ExpiredError):
        await other([answer], NOW)
    assert ours(text, NOW) == "not_in_force"
