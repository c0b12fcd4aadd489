"""A small world for verification: issuers with keys, their documents, credentials as `vc+jwt`."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mutua_credentials import jws
from mutua_credentials.integrity import did_key
from mutua_credentials.jws import Named, Signer
from mutua_credentials.keys import PrivateKey
from mutua_credentials.verify import Document, NotObtained, Verification, verify

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
WEB = "did:web:univ-lisvik.example"
DID_JSON = "https://univ-lisvik.example/.well-known/did.json"
LIST = "https://univ-lisvik.example/status/1"


@dataclass
class World:
    """Documents by address, perhaps in dated copies; what was asked is remembered."""

    documents: dict[str, bytes | list[Document]] = field(default_factory=dict[str, Any])
    asked: list[str] = field(default_factory=list[str])

    def __call__(self, url: str, at: datetime | None, /) -> Document | NotObtained:
        self.asked.append(url)
        found = self.documents.get(url)
        if found is None:
            return NotObtained("not_supplied")
        if isinstance(found, bytes):
            return Document(url, found, "test")
        for copy in found:
            after = copy.observed_from is None or at is None or copy.observed_from <= at
            if after and (copy.observed_until is None or (at is not None and at < copy.observed_until)):
                return copy
        return NotObtained("no_copy_in_force")

    def verify(self, data: bytes | str, **given: Any) -> Verification:
        return verify(data, **{"as_of": NOW, "documents": self, **given})


def did_document(*keys: PrivateKey, did: str = WEB, **changes: Any) -> bytes:
    """A DID document that lists these keys as `#0`, `#1`, ..."""
    methods = [
        {"id": f"{did}#{at}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": key.public_jwk}
        for at, key in enumerate(keys)
    ]
    document = {
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
    return json.dumps(document | changes).encode()


def by_did_key(key: PrivateKey) -> tuple[str, Named]:
    """A did:key, and the signer that names its method."""
    did = did_key(key.public_jwk)
    return did, Named(key, f"{did}#{did.removeprefix('did:key:')}")


def body(issuer: str, **members: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:6f1c0f0e-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "validFrom": "2026-11-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:1"},
        **members,
    }


def secure(credential: dict[str, Any], signer: Signer, typ: str = "vc+jwt") -> str:
    return jws.sign({"typ": typ}, json.dumps(credential).encode(), signer)
