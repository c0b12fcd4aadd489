"""People who act, as others may know them: one pseudonym a person and organisation.

It cannot be traced back without the key, and the same person of two organisations has two. The subject of a
token itself is neither stored nor emitted.
"""

import hashlib
import hmac

SHORTEST_KEY = 32


class Pseudonyms:
    """Makes pseudonyms with one key. Raises ValueError for a key that could be guessed."""

    def __init__(self, key: bytes) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"found a key of {len(key)} bytes, expected at least {SHORTEST_KEY}")
        self._key = key

    def of(self, tenant: str, issuer: str, subject: str) -> str:
        """`p-` and 20 hexadecimal digits, the same for the same three."""
        named = "\0".join((tenant, issuer, subject)).encode()
        return "p-" + hmac.new(self._key, named, hashlib.sha256).hexdigest()[:20]
