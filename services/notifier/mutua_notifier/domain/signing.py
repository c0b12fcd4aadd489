"""Standard Webhooks: how a delivery is signed, so that a receiver can check it with any library of the
standard.

The signature covers `id.timestamp.body`. `v1a` is Ed25519, the default: an office needs no shared secret.
`v1` is
HMAC-SHA256 with a secret that is shown once.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Scheme = Literal["ed25519", "hmac-sha256"]
PUBLIC_PREFIX = "whpk_"
SECRET_PREFIX = "whsec_"  # noqa: S105 (a prefix, not a secret)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `public` is published; `shown_once` is told to the owner and never again."""

    raw: bytes
    public: str | None
    shown_once: str | None


def new_key(scheme: Scheme) -> NewKey:
    """A new signing key."""
    if scheme == "hmac-sha256":
        raw = secrets.token_bytes(32)
        return NewKey(raw, None, SECRET_PREFIX + base64.b64encode(raw).decode())
    private = Ed25519PrivateKey.generate()
    public = PUBLIC_PREFIX + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return NewKey(private.private_bytes_raw(), public, None)


def headers(scheme: str, key: bytes, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks for `body`, signed at `at` (UTC)."""
    timestamp = str(int(at.timestamp()))
    content = f"{event_id}.{timestamp}.".encode() + body
    if scheme == "hmac-sha256":
        signature = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    else:
        signature = (
            "v1a," + base64.b64encode(Ed25519PrivateKey.from_private_bytes(key).sign(content)).decode()
        )
    return {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": signature}


class KeyBox:
    """Keeps signing keys encrypted (AES-256-GCM) by a key from outside the database."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes. Raises ValueError otherwise."""
        if len(key) != 32:
            raise ValueError(f"found a key of {len(key)} bytes, expected 32")
        self._cipher = AESGCM(key)

    def seal(self, raw: bytes, endpoint: str) -> bytes:
        """`raw`, readable for the same endpoint only."""
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher.encrypt(nonce, raw, endpoint.encode())

    def open(self, sealed: bytes, endpoint: str) -> bytes:
        """What `seal` was given. Raises cryptography's InvalidTag for another endpoint or key."""
        return self._cipher.decrypt(sealed[:12], sealed[12:], endpoint.encode())
