"""The public vectors of VC-JOSE, verified with the issuer's own document."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mutua_credentials import issuer_documents
from mutua_credentials.keys import KeyRing, KeyUnknown
from mutua_credentials.verify import CheckName, Result, Verdict, Verification, verify

AS_OF = datetime(2026, 11, 23, tzinfo=UTC)
ISSUER = "https://example.issuer/vc-jose-cose"


@pytest.fixture
def ring(vectors: Path) -> KeyRing:
    """The keys as the issuer's document would list them."""
    methods = [
        json.loads((vectors / "w3c-vc-jose" / f"vm-{name}.json").read_text())
        for name in ("ed25519", "p256", "p384")
    ]
    document = {
        "id": ISSUER,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
    records = issuer_documents.read_did_document(document, ISSUER, source=ISSUER, as_of=AS_OF)
    assert isinstance(records, tuple)
    return KeyRing(records)


Run = Callable[..., Verification]


@pytest.fixture
def run(vectors: Path, ring: KeyRing) -> Run:
    def verified(name: str, **given: Any) -> Verification:
        data = (vectors / "w3c-vc-jose" / name).read_bytes()
        return verify(data, **{"as_of": AS_OF, "keys": ring, **given})

    return verified


@pytest.mark.parametrize("name", ["credential-jose-minimal.txt", "credential-sdjwt-selective.txt"])
def test_good_ones(run: Run, name: str) -> None:
    found = run(name)
    assert found.verdict is Verdict.VALID
    assert found.format == "w3c-vc"
    assert found.issuer is not None
    assert found.issuer.id == ISSUER


@pytest.mark.parametrize("name", ["credential-jose-bad-signature.txt", "credential-sdjwt-bad-signature.txt"])
def test_bad_signatures(run: Run, name: str) -> None:
    found = run(name)
    assert found.verdict is Verdict.INVALID
    assert found.check(CheckName.SIGNATURE).code == "signature_wrong"
    assert found.issuer is None


def test_a_key_that_the_document_does_not_list(run: Run) -> None:
    assert run("credential-sdjwt-nested.txt").check(CheckName.SIGNATURE).code == "key_not_listed"


@pytest.mark.parametrize("name", ["credential-jose-minimal.txt", "credential-sdjwt-selective.txt"])
def test_without_the_issuers_document_nobody_can_tell(run: Run, name: str) -> None:
    found = run(name, keys=lambda *_: KeyUnknown("issuer_unreachable"))
    assert found.verdict is Verdict.UNKNOWN
    assert found.check(CheckName.SIGNATURE).result is Result.UNKNOWN


def test_the_nested_one_resolves(vectors: Path) -> None:
    from mutua_credentials import sdjwt

    token = sdjwt.parse((vectors / "w3c-vc-jose" / "credential-sdjwt-nested.txt").read_text().strip())
    assert isinstance(token, sdjwt.SdJwt)
    found = sdjwt.resolve(token.payload, token.disclosures)
    assert isinstance(found, sdjwt.Resolved)
    subject = found.claims["credentialSubject"]
    assert subject["address"]["city"] == "Anytown"
    assert subject["phoneNumbers"][0]["number"] == "+1-555-123-4567"
    assert found.withheld == {}
    assert found.unreferenced == ()


@pytest.mark.parametrize(
    ("case", "verdict", "signature"),
    [
        ("pub-credential-jose-minimal", Verdict.VALID, Result.PASS),
        ("pub-credential-jose-minimal-no-document", Verdict.UNKNOWN, Result.UNKNOWN),
        ("pub-credential-jose-bad-signature", Verdict.INVALID, Result.FAIL),
        ("pub-credential-sdjwt-selective", Verdict.VALID, Result.PASS),
        ("pub-credential-sdjwt-bad-signature", Verdict.INVALID, Result.FAIL),
    ],
)
def test_laid_out_cases(vectors: Path, case: str, verdict: Verdict, signature: Result) -> None:
    folder = vectors / "verify" / case
    known = json.loads((folder / "documents.json").read_text()).get(ISSUER)
    records: tuple[Any, ...] = ()
    if known:
        document = json.loads((folder / known["file"]).read_text())
        read = issuer_documents.read_did_document(document, ISSUER, source=ISSUER, as_of=AS_OF)
        assert isinstance(read, tuple)
        records = read
    found = verify((folder / "input.txt").read_bytes(), as_of=AS_OF, keys=KeyRing(records))
    assert found.verdict is verdict
    assert found.check(CheckName.SIGNATURE).result is signature
