"""Status lists as bits: W3C's count from the most significant bit, IETF's from the least significant one.

Lists are inflated up to a fixed size and no further, whatever they claim.
"""

import zlib
from typing import Any

from mutua_credentials import jws
from mutua_credentials.json_text import Refused

MAX_LIST_BYTES = 16 * 1024 * 1024
MINIMUM_ENTRIES = 131_072
"""What Bitstring Status List wants, so that one entry hides among many; shorter ones occur and are read."""
TOKEN_BITS = (1, 2, 4, 8)

_GZIP, _ZLIB = 31, 15


def read_bitstring(encoded: Any, *, multibase: bool) -> bytes | Refused:
    """`encodedList`: base64url of GZIP, with the prefix `u` in Bitstring Status List v1.0 and without it in
    StatusList2021. Codes: `list_encoding_wrong`, `list_too_large`.
    """
    text = encoded if isinstance(encoded, str) else ""
    if multibase and not text.startswith("u"):
        return Refused("list_encoding_wrong", repr(encoded)[:40], "multibase base64url, u...")
    return _inflate(text.removeprefix("u"), _GZIP)


def read_token_list(encoded: Any) -> bytes | Refused:
    """`lst`: base64url of ZLIB. Codes as for a bitstring."""
    return _inflate(encoded if isinstance(encoded, str) else "", _ZLIB)


def bitstring_value(bits: bytes, index: int, size: int = 1) -> int | None:
    """The value of `size` bits at `index`, most significant bit first; None outside of the list."""
    start = index * size
    if start + size > len(bits) * 8:
        return None
    value = 0
    for at in range(start, start + size):
        value = value << 1 | (bits[at >> 3] >> (7 - (at & 7)) & 1)
    return value


def token_value(bits: bytes, index: int, size: int) -> int | None:
    """The value of `size` bits (1, 2, 4 or 8) at `index`, least significant bit first."""
    start = index * size
    if start + size > len(bits) * 8:
        return None
    return bits[start >> 3] >> (start & 7) & ((1 << size) - 1)


def _inflate(text: str, window: int) -> bytes | Refused:
    data = jws.decode(text.rstrip("="))
    if not data:
        return Refused("list_encoding_wrong", repr(text)[:40], "base64url")
    inflate = zlib.decompressobj(window)
    try:
        bits = inflate.decompress(data, MAX_LIST_BYTES + 1)
    except zlib.error as error:
        return Refused("list_encoding_wrong", str(error)[:80], "GZIP" if window == _GZIP else "ZLIB")
    if len(bits) > MAX_LIST_BYTES:
        return Refused(
            "list_too_large", f"more than {MAX_LIST_BYTES} bytes", f"at most {MAX_LIST_BYTES} bytes"
        )
    if not inflate.eof or inflate.unused_data:
        return Refused("list_encoding_wrong", "a cut or continued stream", "one whole stream")
    return bits
