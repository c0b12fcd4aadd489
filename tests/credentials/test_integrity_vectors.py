"""The public vectors of Data Integrity: canonical forms and hashes equal to the byte, every proof holds."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mutua_credentials import digests
from mutua_credentials.integrity import SUITES, Proof, read_did_key, read_multikey, read_proofs
from mutua_credentials.integrity.chains import without_proof
from mutua_credentials.integrity.jcs import check_jcs, hash_jcs
from mutua_credentials.integrity.proofs import check_signature
from mutua_credentials.integrity.rdfc import hash_rdfc
from mutua_credentials.linked_data.allow_list import CREDENTIALS_V2
from mutua_credentials.linked_data.canonical import canonicalise
from mutua_credentials.linked_data.pool import Canonicaliser

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FOLDERS = {
    "eddsa-rdfc-2022": ("w3c-vc-di-eddsa/eddsa-rdfc-2022", "DataInt"),
    "Ed25519Signature2020": ("w3c-vc-di-eddsa/Ed25519Signature2020", "EdSig"),
    "eddsa-jcs-2022": ("w3c-vc-di-eddsa/eddsa-jcs-2022", "JCS"),
    "ecdsa-rdfc-2019": ("w3c-vc-di-ecdsa/ecdsa-rdfc-2019-p256", "ECDSAP256"),
    "ecdsa-jcs-2019": ("w3c-vc-di-ecdsa/ecdsa-jcs-2019-p256", "JCSECDSAP256"),
}


@pytest.fixture(scope="module")
def contexts(vectors: Path) -> Mapping[str, Any]:
    """The contexts of the examples, which we do not vendor: they define any term."""
    folder = vectors / "verify/pub-eddsa-rdfc-2022"
    supplied = json.loads((folder / "documents.json").read_text())
    return {
        url: json.loads((folder / entry["file"]).read_text())
        for url, entry in supplied.items()
        if "examples" in url
    }


class Vector:
    """One suite's folder: the signed document and the steps to it, as the recommendation prints them."""

    def __init__(self, vectors: Path, suite: str) -> None:
        self.suite = suite
        folder, self._suffix = FOLDERS[suite]
        self._folder = vectors / folder
        self.signed: dict[str, Any] = json.loads(self.step("signed", "json"))
        self.unsecured = without_proof(self.signed)
        proofs = read_proofs(self.signed)
        assert isinstance(proofs, tuple)
        self.proof: Proof = proofs[0]
        jwk = read_did_key(self.proof.verification_method)
        assert jwk is not None
        self.jwk = jwk

    def step(self, name: str, kind: str = "txt") -> str:
        return (self._folder / f"{name}{self._suffix}.{kind}").read_text()

    @property
    def over_rdf(self) -> bool:
        return SUITES[self.suite].canonical == "rdfc"


@pytest.fixture(params=sorted(FOLDERS))
def vector(vectors: Path, request: pytest.FixtureRequest) -> Vector:
    return Vector(vectors, request.param)


def test_canonical_forms(vector: Vector, contexts: Mapping[str, Any]) -> None:
    options = {**vector.proof.options, "@context": vector.unsecured["@context"]}
    for document, step in ((vector.unsecured, "canonDoc"), (options, "proofCanon")):
        if vector.over_rdf:
            assert canonicalise(document, contexts) == vector.step(step)
        else:
            assert digests.canonical(document).decode() == vector.step(step)


def test_hashes(vector: Vector, contexts: Mapping[str, Any], canonicaliser: Canonicaliser) -> None:
    if vector.over_rdf:
        found = hash_rdfc(vector.unsecured, vector.proof.options, canonicaliser, contexts, "sha256")
    else:
        found = hash_jcs(vector.unsecured, vector.proof.options, "sha256")
    assert isinstance(found, bytes)
    assert found.hex() == vector.step("combinedHash") == vector.step("proofHash") + vector.step("docHash")


def test_signature(vector: Vector, contexts: Mapping[str, Any], canonicaliser: Canonicaliser) -> None:
    assert vector.proof.suite is SUITES[vector.suite]
    assert vector.proof.signature.hex() == vector.step("sigHex")
    assert vector.proof.members["proofValue"] == vector.step("sigBTC58")
    if vector.over_rdf:
        found = hash_rdfc(vector.unsecured, vector.proof.options, canonicaliser, contexts, "sha256")
        assert isinstance(found, bytes)
        assert check_signature(vector.proof, found, vector.jwk) is None
    else:
        assert check_jcs(vector.unsecured, vector.proof, vector.jwk) is None


def test_the_keys_are_those_of_the_vectors(vectors: Path) -> None:
    for name in ("w3c-vc-di-eddsa/keyPair.json", "w3c-vc-di-ecdsa/p256KeyPair.json"):
        public = json.loads((vectors / name).read_text())["publicKeyMultibase"]
        assert read_multikey(public) == read_did_key(f"did:key:{public}")
    p384 = json.loads((vectors / "w3c-vc-di-ecdsa/p384KeyPair.json").read_text())["publicKeyMultibase"]
    assert (read_multikey(p384) or {}).get("crv") == "P-384"


def test_the_worked_example_of_open_badges(vectors: Path) -> None:
    """The specification prints the canonical forms; a fixture of the DCC holds the same badge by another
    issuer, in the older data model.
    """
    fixtures = vectors / "dcc/verifiableCredentials/v1/dataIntegrityProof/didKey"
    badge = json.loads((fixtures / "legacyRegistry-noStatus-noExpiry-OBSpecExample.json").read_text())
    issuer = "https://example.edu/issuers/565049"
    document = without_proof(badge) | {
        "@context": [CREDENTIALS_V2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "issuer": {**badge["issuer"], "id": issuer, "url": "https://www.imsglobal.org"},
        "validFrom": badge["issuanceDate"],
    }
    document.pop("issuanceDate")
    options = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "created": "2010-01-01T19:23:24Z",
        "verificationMethod": f"{issuer}#z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
        "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod",
    }
    folder = vectors / "openbadges-3/impl/test-vectors/obv3p0"
    assert canonicalise(document) == (folder / "document-canon.txt").read_text()
    assert canonicalise(options) == (folder / "proof-canon.txt").read_text()


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_canonical_json(vectors: Path, name: str) -> None:
    value = json.loads((vectors / f"jcs/input/{name}.json").read_text("utf-8"))
    assert digests.canonical(value) == (vectors / f"jcs/output/{name}.json").read_bytes()


def test_every_badge_of_the_dcc(vectors: Path, canonicaliser: Canonicaliser) -> None:
    """Their proofs hold with their own keys: 51 files, and one whose context nobody supplies."""
    listed = {
        key["id"]: read_multikey(key["publicKeyMultibase"])
        for path in sorted((vectors / "dcc/dids").glob("*/did.json"))
        for key in json.loads(path.read_text())["assertionMethod"]
    }
    checked: list[str] = []
    for path in sorted((vectors / "dcc/verifiableCredentials").rglob("*.json")):
        text = path.read_text()
        if not text or "https://w3id.org/dcc/v1" in text:
            continue
        document = json.loads(text)
        proofs = read_proofs(document)
        assert isinstance(proofs, tuple), path
        for proof in proofs:
            jwk = read_did_key(proof.verification_method) or listed[proof.verification_method]
            assert jwk is not None
            found = hash_rdfc(without_proof(document), proof.options, canonicaliser, {}, "sha256")
            assert isinstance(found, bytes), (path, found)
            assert check_signature(proof, found, jwk) is None, path
            other = hashlib.sha256(found).digest() * 2
            refused = check_signature(proof, other, jwk)
            assert refused is not None
            assert refused.code == "signature_wrong"
        checked.append(path.name)
    assert len(checked) >= 43
