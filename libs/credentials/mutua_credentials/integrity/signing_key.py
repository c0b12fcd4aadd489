"""An Ed25519 private key, for proofs by `eddsa-jcs-2022` and `eddsa-rdfc-2022`, and for JWS."""

from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mutua_credentials import jws
from mutua_credentials.integrity.multikey import write_multikey
from mutua_credentials.keys import thumbprint


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """A signer (see `jws.Signer`). Its id is the RFC 7638 thumbprint of its public key."""

    _key: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> Self:
        """Read PKCS#8. Raises ValueError where it is no Ed25519 key or the password is wrong."""
        try:
            key = load_pem_private_key(pem, password)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("found another kind of key, expected an Ed25519 key")
        return cls(key)

    def to_pem(self, password: bytes | None = None) -> bytes:
        """PKCS#8, encrypted where a password is given."""
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)

    @property
    def public_jwk(self) -> dict[str, str]:
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": jws.encode(raw)}

    @property
    def public_multikey(self) -> str:
        return write_multikey(self.public_jwk)

    @property
    def kid(self) -> str:
        return thumbprint(self.public_jwk)

    @property
    def alg(self) -> str:
        return "EdDSA"

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)
