"""The events of the measurements: credential.issued as an issuer states it, about 2 KB, many keys."""

import base64
import random

from ledger.facts import issued

from mutua_contracts import encode

PER_KEY = 4
"""Events of one key: what follows a credential in its life."""

Written = tuple[str, bytes]
"""A record: its key and its final bytes."""


def records(count: int, *, seed: int = 1) -> list[Written]:
    """`count` events in order of time: those of one key are far apart, as in life."""
    luck = random.Random(seed)
    keys = max(count // PER_KEY, 1)
    made: list[Written] = []
    for number in range(count):
        key = f"urn:uuid:{number % keys:08x}-5b7a-4a52-9d4e-1f0f7a4f3c11"
        credential = base64.urlsafe_b64encode(luck.randbytes(1050)).decode()
        made.append((key, encode(issued(key, 1 + number // keys, note=credential))))
    return made
