"""openvc-core as a second opinion: what we sign it verifies, what it signs we verify, and both refuse alike.

Left out is P-384 over RDF: there openvc hashes with SHA-256 inside RDFC, the recommendation says SHA-384.
"""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mutua_credentials import annex_i, integrity
from mutua_credentials.annex_i.openbadges_writing import write_badge
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import PrivateKey
from mutua_credentials.linked_data import allow_list
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_credentials.verify import verify

openvc = pytest.importorskip("openvc", reason="openvc-core is not installed: it is a development tool only")

from openvc.errors import OpenvcError  # noqa: E402 - behind the skip
from openvc.proof.data_integrity import DataIntegrityProofSuite  # noqa: E402
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite  # noqa: E402
from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite  # noqa: E402

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CONTEXTS = {url: allow_list.load(url) for url in allow_list.index()}


class Pair:
    """One suite in both implementations, with a key for it."""

    def __init__(self, suite: str, canonicaliser: Canonicaliser) -> None:
        self.over_rdf = "rdfc" in suite
        self.key: Any = (
            integrity.Ed25519Key.generate() if suite.startswith("eddsa") else PrivateKey.generate()
        )
        self.did = integrity.did_key(self.key.public_jwk)
        self.method = f"{self.did}#{self.did.removeprefix('did:key:')}"
        self.canonicaliser = canonicaliser
        self._theirs: Any = {
            "eddsa-rdfc-2022": DataIntegrityProofSuite,
            "ecdsa-rdfc-2019": EcdsaRdfcProofSuite,
            "eddsa-jcs-2022": EddsaJcsProofSuite,
            "ecdsa-jcs-2019": EcdsaJcsProofSuite,
        }[suite]()
        self._contexts: dict[str, Any] = {"extra_contexts": CONTEXTS} if self.over_rdf else {}

    def body(self, content: annex_i.MicroCredential) -> dict[str, Any]:
        return write_badge(content, credential_id="urn:uuid:1", issuer=self.did, valid_from=NOW)

    def we_sign(self, body: dict[str, Any]) -> dict[str, Any]:
        if not self.over_rdf:
            return integrity.sign_jcs(body, self.key, verification_method=self.method, created=NOW)
        signed = integrity.sign_rdfc(
            body, self.key, verification_method=self.method, created=NOW, canonicaliser=self.canonicaliser
        )
        assert not isinstance(signed, Refused), signed
        return signed

    def they_sign(self, body: dict[str, Any]) -> dict[str, Any]:
        signed = self._theirs.add_proof(
            body, signing_key=self.key, verification_method=self.method, created=NOW, **self._contexts
        )
        # Over JSON they hash the contexts as part of the proof, and leave out to write them there.
        return (
            signed
            if self.over_rdf
            else {**signed, "proof": {**signed["proof"], "@context": body["@context"]}}
        )

    def they_accept(self, document: dict[str, Any]) -> bool:
        try:
            self._theirs.verify(document, now=NOW, **self._contexts)
        except OpenvcError:
            return False
        return True

    def we_accept(self, document: dict[str, Any]) -> bool:
        return verify(json.dumps(document), as_of=NOW, hashes=self.canonicaliser.hashes).verdict == "valid"


@pytest.fixture(params=["eddsa-rdfc-2022", "ecdsa-rdfc-2019", "eddsa-jcs-2022", "ecdsa-jcs-2019"])
def pair(request: pytest.FixtureRequest, canonicaliser: Canonicaliser) -> Pair:
    return Pair(request.param, canonicaliser)


def test_what_we_sign_they_verify(pair: Pair, content: annex_i.MicroCredential) -> None:
    signed = pair.we_sign(pair.body(content))
    assert pair.they_accept(signed)
    assert pair.we_accept(signed)


def test_what_they_sign_we_verify(pair: Pair, content: annex_i.MicroCredential) -> None:
    assert pair.we_accept(pair.they_sign(pair.body(content)))


@pytest.mark.parametrize(
    "path",
    [("name",), ("issuer", "name"), ("credentialSubject", "achievement", "annexI", "workload", "ects")],
    ids=lambda path: path[-1],
)
def test_what_was_changed_both_refuse(
    pair: Pair, content: annex_i.MicroCredential, path: tuple[str, ...]
) -> None:
    document = copy.deepcopy(pair.we_sign(pair.body(content)))
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = "30"
    assert not pair.they_accept(document)
    assert not pair.we_accept(document)


def test_what_was_added_both_refuse(pair: Pair, content: annex_i.MicroCredential) -> None:
    document = copy.deepcopy(pair.we_sign(pair.body(content)))
    document["credentialSubject"]["achievement"]["eqfLevel"] = 8
    assert not pair.they_accept(document)
    assert not pair.we_accept(document)
