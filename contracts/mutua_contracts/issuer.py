"""Events of an issuer: who it is, and which keys speak for it from when to when."""

from typing import Annotated, Literal

from pydantic import Field

from mutua_contracts.model import Codes, Day, Instant, Wire

IDENTIFIER_SCHEMES = ("DEQARINST", "ETER", "ERASMUS", "SCHAC", "EU-PIC", "EU-VAT", "EIDAS", "ROR")
"""Schemes by which an institution is known."""

IDENTIFIER_SOURCES = ("declared", "sign-in", "domain", "registry", "seal-certificate", "endorsement")
"""What an identifier's belonging to the institution rests on: its own word, its sign-in token, control of
its host, a registry's record, the certificate of its seal, the word of other institutions."""

CONFIDENCES = ("low", "medium", "high")
"""How far that carries; only `high` is strong enough to let a machine rely on it."""

EntityId = Annotated[str, Field(min_length=1, max_length=100)]
"""An institution (`DEQARINST7105`), an alliance (`alliance:boreal`) or an office (`office:varnland-enic`)."""

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[a-z]{2}|-[A-Z]{3})?$")]
"""ISO 3166 alpha-2, or a sub-system of higher education such as `BE-fl` or `UK-SCT`."""


class Identifier(Wire):
    """One identifier of an institution."""

    scheme: Annotated[str, Codes(IDENTIFIER_SCHEMES)]
    """The scheme of `value`."""
    value: Annotated[str, Field(min_length=1, max_length=200)]
    """The identifier as its scheme writes it."""
    source: Annotated[str, Codes(IDENTIFIER_SOURCES)] | None = None
    """What its belonging to the institution rests on; null where nobody said."""
    confidence: Annotated[str, Codes(CONFIDENCES)] | None = None
    """How far that carries; null where nobody said."""
    checked_at: Instant | None = None
    """When that was looked at last; null where it never was."""


class PublicJwk(Wire):
    """A public key on the curve P-256 (RFC 7517). Private members are no members of this model."""

    kty: Literal["EC"] = "EC"
    """Key type."""
    crv: Literal["P-256"] = "P-256"
    """Curve."""
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    """X coordinate, base64url."""
    y: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    """Y coordinate, base64url."""


class IssuerKey(Wire):
    """One signing key with the time in which it speaks for the issuer: `[valid_from, valid_to)`."""

    kid: Annotated[str, Field(min_length=1, max_length=200)]
    """Key id as in the header of what it signs."""
    alg: Annotated[str, Codes(("ES256",))]
    """Signature algorithm."""
    jwk: PublicJwk
    """The public key."""
    valid_from: Instant
    """First instant at which a signature by this key speaks for the issuer."""
    valid_to: Instant | None = None
    """First instant at which it no longer does; null while it is in use."""
    compromised_at: Instant | None = None
    """Signatures from this instant on prove nothing; null while no compromise is known."""


class ProofJwk(Wire):
    """A public key on the curve Ed25519 (RFC 8037)."""

    kty: Literal["OKP"] = "OKP"
    """Key type."""
    crv: Literal["Ed25519"] = "Ed25519"
    """Curve."""
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    """The key, base64url."""


class ProofKey(Wire):
    """One key for Data Integrity proofs with the time in which it speaks for the issuer:
    `[valid_from, valid_to)`."""

    kid: Annotated[str, Field(min_length=1, max_length=200)]
    """Key id: the fragment of the verification method in the did:web document."""
    alg: Annotated[str, Codes(("Ed25519",))]
    """Signature algorithm."""
    jwk: ProofJwk
    """The public key."""
    valid_from: Instant
    """First instant at which a proof by this key speaks for the issuer."""
    valid_to: Instant | None = None
    """First instant at which it no longer does; null while it is in use."""
    compromised_at: Instant | None = None
    """Proofs from this instant on prove nothing; null while no compromise is known."""


class IssuerChanged(Wire):
    """The whole state of an issuer: identifiers, and keys with their validity."""

    issuer: EntityId
    """The institution."""
    iss: Annotated[str, Field(pattern=r"^https://[^\s]+$", max_length=300)]
    """Web identity, as in the `iss` of its credentials."""
    did: Annotated[str, Field(pattern=r"^did:web:[^\s]+$", max_length=300)]
    """The same as a did:web identifier."""
    names: Annotated[dict[str, str], Field(min_length=1)]
    """Official name by language (BCP 47)."""
    country: CountryCode
    """Country of the legal seat."""
    identifiers: tuple[Identifier, ...]
    """Everything it is known by."""
    keys: tuple[IssuerKey, ...]
    """Every key that ever signed tokens for it."""
    proof_keys: tuple[ProofKey, ...] = ()
    """Every key that ever made Data Integrity proofs for it."""
    since: Day | None = None
    """Day from which the institution issues here."""
