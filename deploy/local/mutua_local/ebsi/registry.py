"""The registry's contents: issuers, their accreditations with every revision, and a key for each of them.

An accreditation is a signed credential, kept under its SHA-256. Keys are made from the DID, so that the same
contents have the same bytes every time; nothing here is a secret.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.util import urlsafe_b64encode

IssuerType = Literal["RootTAO", "TAO", "TI", "Revoked", "Undefined"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Revision:
    """`body` is the credential, or None while it is only offered."""

    hash: str
    body: str | None
    type: IssuerType
    tao: str
    root_tao: str

    def shown(self) -> Json:
        return {
            "hash": self.hash,
            "body": self.body,
            "issuerType": self.type,
            "tao": self.tao,
            "rootTao": self.root_tao,
        }


@dataclass(slots=True)
class Registry:
    """Issuers in the order in which they were entered; revisions oldest first, by attribute."""

    issuers: dict[str, dict[str, list[Revision]]] = field(
        default_factory=dict[str, dict[str, list[Revision]]]
    )

    def enter(self, did: str) -> None:
        """An issuer that has accepted nothing yet."""
        self.issuers.setdefault(did, {})

    def accredit(
        self,
        did: str,
        by: str,
        kind: IssuerType,
        *,
        root: str,
        since: str = "2024-01-01T00:00:00Z",
        until: str | None = "2034-01-01T00:00:00Z",
        types: tuple[str, ...] = (),
        signer: str | None = None,
        issuer: str | None = None,
        stated: Json | None = None,
    ) -> str:
        """An accepted accreditation; answers its id.

        `signer` signs in place of `by` and in the name of its key, as a forger would; `issuer` is the name
        that the credential bears where it is not that of `by`, as of a root that the operator authorised;
        `stated` are members of the credential that replace its own.
        """
        name = issuer or by
        body = _signed(name, signer or name, _claims(did, name, kind, since, until, types, stated))
        digest = hashlib.sha256(body.encode()).hexdigest()
        self.enter(did)
        self.issuers[did][digest] = [Revision(digest, body, kind, by, root)]
        return digest

    def offer(self, did: str, by: str, kind: IssuerType, *, root: str) -> str:
        """Offered and not accepted: there is no credential."""
        digest = hashlib.sha256(f"{did} {by} {kind}".encode()).hexdigest()
        self.enter(did)
        self.issuers[did][digest] = [Revision(digest, None, kind, by, root)]
        return digest

    def revoke(self, did: str, attribute: str) -> None:
        """A new revision says so; the earlier ones stay."""
        last = self.issuers[did][attribute][-1]
        revoked = Revision(last.hash, last.body, "Revoked", last.tao, last.root_tao)
        self.issuers[did][attribute].append(revoked)

    def renew(
        self, did: str, attribute: str, *, since: str, until: str | None = None, types: tuple[str, ...] = ()
    ) -> None:
        """A new revision with other days and types, in place of what was."""
        last = self.issuers[did][attribute][-1]
        body = _signed(last.tao, last.tao, _claims(did, last.tao, last.type, since, until, types, None))
        digest = hashlib.sha256(body.encode()).hexdigest()
        self.issuers[did][attribute].append(Revision(digest, body, last.type, last.tao, last.root_tao))

    def replace(self, did: str, attribute: str, body: str | None) -> None:
        """Put another body under the old hash: the registry contradicts itself."""
        last = self.issuers[did][attribute][-1]
        self.issuers[did][attribute][-1] = Revision(last.hash, body, last.type, last.tao, last.root_tao)

    def document(self, did: str) -> Json:
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": _encode(_public(did))}
        method = {"id": f"{did}#key-1", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk}
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
            "id": did,
            "verificationMethod": [method],
            "assertionMethod": [method["id"]],
        }


def demo() -> Registry:
    """An invented root, an agency under it, and universities in each state that an issuer can have."""
    root, agency = "did:ebsi:zRootOfTheNorth", "did:ebsi:zAgencyOfTheNorth"
    diploma = ("MicroCredential",)
    registry = Registry()
    registry.accredit(root, root, "RootTAO", root=root)
    registry.accredit(agency, root, "TAO", root=root)
    registry.accredit("did:ebsi:zLisvik", agency, "TI", root=root, types=diploma)
    revoked = registry.accredit("did:ebsi:zHarvala", agency, "TI", root=root, types=diploma)
    registry.revoke("did:ebsi:zHarvala", revoked)
    registry.offer("did:ebsi:zNordby", agency, "TI", root=root)
    registry.enter("did:ebsi:zVestmark")
    return registry


def _claims(
    did: str,
    by: str,
    kind: str,
    since: str,
    until: str | None,
    types: tuple[str, ...],
    stated: Json | None,
) -> Json:
    names = {"RootTAO": "VerifiableAuthorisationForTrustChain", "TAO": "VerifiableAccreditationToAccredit"}
    credential: Json = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": [
            "VerifiableCredential",
            "VerifiableAttestation",
            names.get(kind, "VerifiableAccreditationToAttest"),
        ],
        "issuer": by,
        "validFrom": since,
        "credentialSubject": {
            "id": did,
            "accreditedFor": [{"types": ["VerifiableCredential", "VerifiableAttestation", *types]}],
        },
    }
    claims: Json = {"iss": by, "sub": did, "nbf": _seconds(since), "vc": credential}
    if until is not None:
        credential["expirationDate"] = until
        claims["exp"] = _seconds(until)
    credential |= stated or {}
    return claims


def _signed(by: str, signer: str, claims: Json) -> str:
    header = {"alg": "EdDSA", "typ": "JWT", "kid": f"{by}#key-1"}
    text = ".".join(_encode(json.dumps(part, sort_keys=True).encode()) for part in (header, claims))
    return f"{text}.{_encode(_private(signer).sign(text.encode()))}"


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(UTC).timestamp())


def _private(did: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(did.encode()).digest())


def _public(did: str) -> bytes:
    return _private(did).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()
