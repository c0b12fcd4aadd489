"""P-256 keys, and who may sign with which key from when to when.

A `KeyRing` answers "issuer, key id, time of signing -> key" from records that somebody handed in; "not
listed" and "could not find out" are different answers. Nothing is fetched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol, Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mutua_credentials import jws
from mutua_credentials.digests import canonical
from mutua_credentials.identities import canonical_identity, same_identity

ALG = "ES256"


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A P-256 private key that signs with ES256. Its id is the RFC 7638 thumbprint of its public key."""

    _key: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> Self:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> Self:
        """Read PKCS#8. Raises ValueError where it is no P-256 key or the password is wrong."""
        try:
            key = serialization.load_pem_private_key(pem, password)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("found another kind of key, expected an EC key on P-256")
        return cls(key)

    def to_pem(self, password: bytes | None = None) -> bytes:
        """PKCS#8, encrypted where a password is given."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption(),
        )

    @property
    def public_jwk(self) -> dict[str, str]:
        """`kty`, `crv`, `x`, `y`: the members that RFC 7638 hashes, and no others."""
        numbers = self._key.public_key().public_numbers()
        x, y = (jws.encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @property
    def kid(self) -> str:
        return thumbprint(self.public_jwk)

    @property
    def alg(self) -> str:
        return ALG

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


_THUMBPRINT_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638 thumbprint with SHA-256. Raises ValueError for a key type that it does not name."""
    members = _THUMBPRINT_MEMBERS.get(str(jwk.get("kty")))
    if members is None or any(not isinstance(jwk.get(name), str) for name in members):
        raise ValueError("found a JWK without the members that a thumbprint needs, expected EC, OKP or RSA")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(canonical({name: jwk[name] for name in members}))
    return jws.encode(digest.finalize())


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One public key of one issuer, with the time in which it speaks for it: `[valid_from, valid_to)`, UTC.

    `also` are other ids that the issuer's document gives it. `source` says where this is known from (a topic,
    a URL) and `as_of` when that was read.
    """

    issuer: str
    kid: str
    jwk: Mapping[str, str]
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    compromised_at: datetime | None = None
    source: str = ""
    as_of: datetime | None = None
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "jwk", MappingProxyType(dict(self.jwk)))

    def in_force_at(self, instant: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= instant) and (
            self.valid_to is None or instant < self.valid_to
        )

    def answers_to(self, kid: str) -> bool:
        """Whether `kid` names this key: by id, by `#id`, or by a DID URL of the same issuer."""
        controller, fragment_mark, fragment = kid.rpartition("#")
        if fragment_mark and controller and not same_identity(controller, self.issuer):
            return False
        return fragment in [own.rpartition("#")[2] for own in (self.kid, *self.also)]


@dataclass(frozen=True, slots=True)
class KeyNotListed:
    """The issuer's own list of keys was read, and this key is not in it."""

    source: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyUnknown:
    """It could not be found out; `code` says why: `issuer_unknown`, `issuer_unreachable`, `kid_missing`."""

    code: str
    detail: str = ""


KeyAnswer = KeyRecord | KeyNotListed | KeyUnknown


class KeyResolver(Protocol):
    """Answers which key an issuer meant; `signed_at` is what the credential says of itself, if it does."""

    def __call__(self, issuer: str, kid: str | None, signed_at: datetime | None, /) -> KeyAnswer: ...


class KeyRing:
    """A resolver over records in memory. An issuer with no record at all is unknown, not unlisted."""

    def __init__(self, records: Iterable[KeyRecord]) -> None:
        self._by_issuer: dict[str, list[KeyRecord]] = {}
        for record in records:
            self._by_issuer.setdefault(canonical_identity(record.issuer), []).append(record)

    def __call__(self, issuer: str, kid: str | None, signed_at: datetime | None, /) -> KeyAnswer:
        own = self._by_issuer.get(canonical_identity(issuer))
        if not own:
            return KeyUnknown("issuer_unknown", issuer)
        if kid is None:
            return own[0] if len(own) == 1 else KeyUnknown("kid_missing", f"{len(own)} keys of the issuer")
        named = [record for record in own if record.answers_to(kid)]
        if not named:
            return KeyNotListed(own[0].source, own[0].as_of)
        in_force = [record for record in named if signed_at is not None and record.in_force_at(signed_at)]
        return (in_force or named)[0]
