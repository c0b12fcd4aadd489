"""The vault's cryptography: what is personal is sealed with a key per learner, and that key is wrapped by one
that never enters the database.

Everything is AES-256-GCM or HMAC-SHA-256 with keys derived (HKDF) from the vault key. Destroying a learner's
wrapped key makes everything that was sealed for that learner unreadable.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mutua_credentials.digests import canonical

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID_BYTES: Final = 8


class VaultError(Exception):
    """A sealed value cannot be opened: another vault key is in use, or the value was changed."""


def seal(key: bytes, plain: bytes, *, owner: str) -> bytes:
    """`plain` under `key`, bound to `owner`: moved to another row it no longer opens."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, owner.encode())


def unseal(key: bytes, sealed: bytes, *, owner: str) -> bytes:
    """The plain value. Raises `VaultError`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode())
    except (InvalidTag, ValueError) as error:
        raise VaultError(f"found a sealed value that does not open for {owner}") from error


@dataclass(frozen=True, slots=True)
class DataKey:
    """A learner's key: `plain` to work with, `wrapped` to keep."""

    plain: bytes
    wrapped: bytes

    def __repr__(self) -> str:
        return "DataKey(...)"


class Vault:
    """Everything that needs the vault key, which is never given out."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"found a vault key of {len(key)} bytes, expected {KEY_BYTES}")
        self._wrapping = _derive(key, "wrapping")
        self._naming = _derive(key, "naming")
        self._id = _derive(key, "id")[:_ID_BYTES]

    def __repr__(self) -> str:
        return "Vault(...)"

    def reference(self, kind: str, institution: str, value: str) -> bytes:
        """A pseudonym (32 bytes) of a value of one institution: the same for the same value, and nobody
        without the vault key can guess the value from it.
        """
        return hmac.digest(self._naming, canonical([kind, institution, value]), hashlib.sha256)

    def fingerprint(self, institution: str, value: Any) -> bytes:
        """Tells two JSON values of one institution apart without holding either."""
        return hmac.digest(self._naming, canonical(["fingerprint", institution, value]), hashlib.sha256)

    def wrap(self, secret: bytes, *, owner: str) -> bytes:
        """A secret of ours (a data key, a private key) as it may stand in the database."""
        return self._id + seal(self._wrapping, secret, owner=owner)

    def unwrap(self, wrapped: bytes, *, owner: str) -> bytes:
        """The secret. Raises `VaultError`."""
        if wrapped[:_ID_BYTES] != self._id:
            raise VaultError("found a secret that another vault key wrapped, expected this process's")
        return unseal(self._wrapping, wrapped[_ID_BYTES:], owner=owner)

    def new_data_key(self, *, owner: str) -> DataKey:
        """A key for a new learner."""
        plain = AESGCM.generate_key(KEY_BYTES * 8)
        return DataKey(plain, self.wrap(plain, owner=owner))


def _derive(key: bytes, purpose: str) -> bytes:
    info = f"mutua issuer {purpose}".encode()
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(key)
