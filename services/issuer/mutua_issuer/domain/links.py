"""The holder's link: an address that nobody can guess, and that shows one credential to whoever has it.

Its token follows from the vault key, so that the institution can be told it again and nobody else can make
it; the database holds the token's digest only.
"""

import hashlib
from uuid import UUID

from mutua_credentials import jws
from mutua_issuer.domain.vault import Vault

TOKEN_BYTES = 32


def token(vault: Vault, institution: str, credential: UUID, serial: int = 1) -> str:
    """The token (256 bits, base64url) of a credential's link; another `serial` is another token."""
    return jws.encode(vault.reference("holder link", institution, f"{credential}#{serial}"))


def digest(text: str) -> bytes:
    """What is stored of a token, and what a token is looked up by; of any other text the digest of
    nothing."""
    data = jws.decode(text)
    return hashlib.sha256(data if data is not None and len(data) == TOKEN_BYTES else b"").digest()


def url(iss: str, text: str) -> str:
    """Where the holder opens it: at the institution's own host."""
    return f"{iss}/holder/{text}"
