"""Badges baked in pictures (Open Badges baking, 2.0 and 3.0): taken out, and put in.

What comes out is the credential as it was put in, to be recognised like a file: JSON, a compact JWT, or the
address of a hosted assertion. Taking out is bounded in time and memory whatever the picture says of itself.
"""

from mutua_credentials.baking import png, svg
from mutua_credentials.json_text import MAX_BYTES, Refused


def extract(picture: bytes, *, max_bytes: int = MAX_BYTES) -> bytes | Refused:
    """The credential in a PNG or SVG picture.

    Codes: `no_credential_in_picture`, `credentials_several`, `picture_malformed`, `too_large`.
    """
    if len(picture) > max_bytes:
        return Refused("too_large", f"{len(picture)} bytes", f"at most {max_bytes} bytes")
    if picture.startswith(png.SIGNATURE):
        return png.extract(picture, max_bytes=max_bytes)
    return svg.extract(picture)


def bake(picture: bytes, credential: str) -> bytes:
    """The picture with this credential, JSON or a compact JWT.

    Raises ValueError for what is no PNG or SVG picture, and for one that holds a credential already.
    """
    if picture.startswith(png.SIGNATURE):
        return png.bake(picture, credential)
    return svg.bake(picture, credential)


__all__ = ["bake", "extract"]
