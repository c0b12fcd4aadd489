"""Digests as decision records and events write them: `sha256:` and 64 hexadecimal digits.

Canonical JSON is RFC 8785. It refuses what cannot be written the same way everywhere (integers beyond 2^53 -
1, infinities, lone surrogates) instead of rounding it.
"""

import hashlib
from typing import Any

import rfc8785


def of_bytes(data: bytes) -> str:
    """The SHA-256 of exactly these bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def of_json(value: Any) -> str:
    """The SHA-256 of the canonical form of a JSON value. Raises ValueError where there is none."""
    return of_bytes(canonical(value))


def canonical(value: Any) -> bytes:
    """The value in RFC 8785 form, in UTF-8. Raises ValueError where there is none."""
    try:
        return rfc8785.dumps(value)
    except UnicodeEncodeError as error:
        raise ValueError("a lone surrogate has no canonical form") from error
