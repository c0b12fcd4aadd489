"""A small world for Data Integrity: an issuer by did:key, another party, and what was obtained of both."""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mutua_credentials import integrity, jws
from mutua_credentials.integrity.multikey import encode_base58
from mutua_credentials.integrity.rdfc import hash_rdfc
from mutua_credentials.jws import Signer
from mutua_credentials.linked_data.allow_list import CREDENTIALS_V2
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_credentials.verify import Verification, verify
from mutua_credentials.verify.documents import MappingDocuments

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SIGNED = NOW - timedelta(hours=1)
WEB = "did:web:univ-lisvik.example"
WEB_DOCUMENT = "https://univ-lisvik.example/.well-known/did.json"
BODY: dict[str, Any] = {
    "@context": [CREDENTIALS_V2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {
        "id": "did:example:learner",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "urn:uuid:2",
            "type": ["Achievement"],
            "name": "Data literacy",
            "description": "A course",
            "criteria": {"narrative": "An examination"},
        },
    },
}


class P384Key:
    """A signer that the library does not issue with, for the one rule that only P-384 has."""

    alg = "ES384"
    kid = "p384"

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())

    @property
    def public_jwk(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        x, y = (jws.encode(number.to_bytes(48, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-384", "x": x, "y": y}

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")


class World:
    """Signs with proofs of any kind, and verifies by what was obtained."""

    def __init__(self, canonicaliser: Canonicaliser) -> None:
        self.canonicaliser = canonicaliser
        self.key, self.other = integrity.Ed25519Key.generate(), integrity.Ed25519Key.generate()
        self.did = integrity.did_key(self.key.public_jwk)
        self.documents: dict[str, bytes] = {}
        self.contexts: dict[str, Any] = {}

    @staticmethod
    def method(key: Any) -> str:
        did = integrity.did_key(key.public_jwk)
        return f"{did}#{did.removeprefix('did:key:')}"

    def body(self, **members: Any) -> dict[str, Any]:
        issuer = {"id": self.did, "type": ["Profile"], "name": "University of Lisvik"}
        return copy.deepcopy({**BODY, "issuer": issuer, **members})

    def proof(
        self,
        body: Mapping[str, Any],
        key: Signer | None = None,
        suite: str = "eddsa-rdfc-2022",
        **options: Any,
    ) -> dict[str, Any]:
        """A proof of any suite over RDF with any options, properly signed."""
        signer = key or self.key
        named = {"type": "DataIntegrityProof", "cryptosuite": suite}
        members = {
            **(named if "-" in suite else {"type": suite}),
            "created": SIGNED.isoformat().replace("+00:00", "Z"),
            "verificationMethod": self.method(signer),
            "proofPurpose": "assertionMethod",
            **options,
        }
        algorithm = "sha384" if signer.alg == "ES384" else "sha256"
        found = hash_rdfc(body, members, self.canonicaliser, self.contexts, algorithm)
        assert isinstance(found, bytes), found
        return {**members, "proofValue": encode_base58(signer.sign(found))}

    def signed(self, body: dict[str, Any] | None = None, *args: Any, **options: Any) -> dict[str, Any]:
        unsecured = body or self.body()
        return {**unsecured, "proof": self.proof(unsecured, *args, **options)}

    def verify(self, document: Any, **given: Any) -> Verification:
        data = document if isinstance(document, bytes) else json.dumps(document)
        settings = {
            "as_of": NOW,
            "documents": MappingDocuments(self.documents),
            "contexts": self.contexts,
            "hashes": self.canonicaliser.hashes,
            **given,
        }
        return verify(data, **settings)

    def says(self, document: Any, **given: Any) -> str:
        """The verdict and, if there is one, the first check that does not hold: `invalid signature:...`."""
        found = self.verify(document, **given)
        wrong = [
            f"{check.name}:{check.code}" for check in found.checks if check.result in ("fail", "unknown")
        ]
        return " ".join([found.verdict, *wrong[:1]])

    def publishes(self, *methods: dict[str, Any], **members: Any) -> None:
        document = {
            "id": WEB,
            "verificationMethod": list(methods),
            "assertionMethod": [method["id"] for method in methods],
            **members,
        }
        self.documents[WEB_DOCUMENT] = json.dumps(document).encode()

    def web_method(self, key: integrity.Ed25519Key, name: str = "key-1", **members: Any) -> dict[str, Any]:
        multikey = {"type": "Multikey", "controller": WEB, "publicKeyMultibase": key.public_multikey}
        return {"id": f"{WEB}#{name}", **multikey, **members}


def achievement(document: dict[str, Any]) -> dict[str, Any]:
    return document["credentialSubject"]["achievement"]
