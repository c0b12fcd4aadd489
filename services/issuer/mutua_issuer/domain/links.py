"""The holder's link: an address that nobody can guess, and that shows one credential to whoever has it.

Its secret follows from the vault key, so that the institution can be told it again and nobody else can make
it; the database holds the secret's digest only.
"""

import hashlib

from mutua_credentials import jws

SECRET_BYTES = 32


def url(iss: str, secret: bytes) -> str:
    """Where the holder opens it: at the institution's own host."""
    return f"{iss}/holder/{jws.encode(secret)}"


def digest(secret: bytes) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret).digest()


def secret_of(token: str) -> bytes | None:
    """The secret in the last part of a link; None for any other text."""
    secret = jws.decode(token)
    return secret if secret is not None and len(secret) == SECRET_BYTES else None
