"""Secrets at rest: what is private is sealed with keys, and those are wrapped by one that never enters the
database.

Everything is AES-256-GCM, bound to its owner. Destroying a wrapped data key makes everything that was sealed
with it unreadable; whoever steals the database alone reads nothing.
"""

import os
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
    """A key of its own for one owner: `plain` to work with, `wrapped` to keep."""

    plain: bytes
    wrapped: bytes

    def __repr__(self) -> str:
        return "DataKey(...)"


class Vault:
    """Everything that needs the vault key, which is never given out. Raises ValueError for no key.

    `service` keeps the keys of two services apart even where they are given the same file.
    """

    def __init__(self, key: bytes, service: str) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"found a vault key of {len(key)} bytes, expected {KEY_BYTES}")
        self._wrapping = _derive(key, f"mutua {service} wrapping")
        self._id = _derive(key, f"mutua {service} id")[:_ID_BYTES]

    def __repr__(self) -> str:
        return "Vault(...)"

    def wrap(self, secret: bytes, *, owner: str) -> bytes:
        """A secret of ours (a data key, a private key) as it may stand in the database."""
        return self._id + seal(self._wrapping, secret, owner=owner)

    def unwrap(self, wrapped: bytes, *, owner: str) -> bytes:
        """The secret. Raises `VaultError`."""
        if wrapped[:_ID_BYTES] != self._id:
            raise VaultError("found a secret that another vault key wrapped, expected this process's")
        return unseal(self._wrapping, wrapped[_ID_BYTES:], owner=owner)

    def new_data_key(self, *, owner: str) -> DataKey:
        """A key for a new owner."""
        plain = AESGCM.generate_key(KEY_BYTES * 8)
        return DataKey(plain, self.wrap(plain, owner=owner))


def _derive(key: bytes, info: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info.encode()).derive(key)
