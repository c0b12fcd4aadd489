"""Badges in PNG: one `iTXt` chunk with the keyword `openbadgecredential` (3.0) or `openbadges` (2.0).

Chunks are read by their lengths only; a checksum is not looked at, since the credential's own signature says
more. Compressed text is inflated up to a limit.
"""

import zlib
from collections.abc import Iterator

from mutua_credentials.json_text import Refused

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
_KEYWORDS = (KEYWORD, b"openbadges")
"""In the order of preference: a picture may hold a badge of both versions."""


def extract(picture: bytes, *, max_bytes: int) -> bytes | Refused:
    """The credential. Codes: `no_credential_in_picture`, `credentials_several`, `picture_malformed`,
    `too_large`.
    """
    found: dict[bytes, set[bytes]] = {}
    for kind, body in _chunks(picture):
        keyword, mark, rest = body.partition(b"\x00")
        if kind not in _READERS or not mark or keyword not in _KEYWORDS:
            continue
        text = _READERS[kind](rest, max_bytes)
        if isinstance(text, Refused):
            return text
        found.setdefault(keyword, set()).add(text.strip())
    for keyword in _KEYWORDS:
        texts = found.get(keyword, set())
        if len(texts) > 1:
            return Refused("credentials_several", f"{len(texts)} different ones", "one credential")
        if texts:
            return texts.pop()
    names = " or ".join(keyword.decode() for keyword in _KEYWORDS)
    return Refused("no_credential_in_picture", "a PNG picture without one", f"a text chunk {names}")


def bake(picture: bytes, credential: str) -> bytes:
    """The picture with a chunk for this credential. Raises ValueError as `baking.bake` says."""
    chunks = list(_chunks(picture))
    if not chunks or chunks[-1][0] != b"IEND":
        raise ValueError("found a picture without an end, expected a whole PNG")
    if any(body.partition(b"\x00")[0] in _KEYWORDS for kind, body in chunks if kind in _READERS):
        raise ValueError("found a picture with a credential, expected one without")
    text = KEYWORD + b"\x00" + b"\x00\x00" + b"\x00" + b"\x00" + credential.encode("utf-8")
    parts = [_chunk(kind, body) for kind, body in (*chunks[:-1], (b"iTXt", text), chunks[-1])]
    return SIGNATURE + b"".join(parts)


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk up to the end; a chunk that is cut off ends the picture."""
    at = len(SIGNATURE)
    while at + 12 <= len(picture):
        length = int.from_bytes(picture[at : at + 4], "big")
        kind, end = picture[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(picture):
            return
        yield kind, picture[at + 8 : end]
        if kind == b"IEND":
            return
        at = end + 4


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def _international(rest: bytes, max_bytes: int) -> bytes | Refused:
    """iTXt: compression flag and method, language and translated keyword, each ended by a zero, then text."""
    parts = rest[2:].split(b"\x00", 2)
    if len(rest) < 2 or len(parts) < 3 or rest[0] > 1:
        return _MALFORMED
    return _inflate(parts[2], rest[1], max_bytes) if rest[0] else parts[2]


def _plain(rest: bytes, max_bytes: int) -> bytes | Refused:  # noqa: ARG001 - one shape for all
    """tEXt, as the first badges had it."""
    return rest


def _compressed(rest: bytes, max_bytes: int) -> bytes | Refused:
    """zTXt: compression method, then text."""
    return _inflate(rest[1:], rest[0], max_bytes) if rest else _MALFORMED


def _inflate(data: bytes, method: int, max_bytes: int) -> bytes | Refused:
    if method != 0:
        return _MALFORMED
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, max_bytes + 1)
    except zlib.error:
        return _MALFORMED
    if len(text) > max_bytes:
        return Refused("too_large", f"more than {max_bytes} bytes inflated", f"at most {max_bytes} bytes")
    return text if inflater.eof else _MALFORMED


_MALFORMED = Refused("picture_malformed", "a text chunk that cannot be read", "a text chunk of PNG")
_READERS = {b"iTXt": _international, b"tEXt": _plain, b"zTXt": _compressed}
