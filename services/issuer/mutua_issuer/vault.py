"""The issuer's vault: what is personal is sealed with a key per learner, learners and rows are known by
pseudonyms.

Destroying a learner's wrapped key makes everything that was sealed for that learner unreadable.
"""

import hashlib
import hmac
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mutua_credentials.digests import canonical
from mutua_kernel import vault
from mutua_kernel.vault import KEY_BYTES


class Vault(vault.Vault):
    """Everything that needs the vault key, which is never given out. Raises ValueError for no key."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key, "issuer")
        info = b"mutua issuer naming"
        self._naming = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(key)

    def reference(self, kind: str, institution: str, value: str) -> bytes:
        """A pseudonym (32 bytes) of a value of one institution: the same for the same value, and nobody
        without the vault key can guess the value from it.
        """
        return hmac.digest(self._naming, canonical([kind, institution, value]), hashlib.sha256)

    def fingerprint(self, institution: str, value: Any) -> bytes:
        """Tells two JSON values of one institution apart without holding either."""
        return hmac.digest(self._naming, canonical(["fingerprint", institution, value]), hashlib.sha256)

    def link_secret(self, institution: str, credential: UUID, serial: int = 1) -> bytes:
        """What opens the holder's link to a credential (256 bits); another `serial` is another secret."""
        return self.reference("holder link", institution, f"{credential}#{serial}")
