"""Private keys in force, unwrapped for as long as they sign."""

from datetime import datetime
from typing import Literal, overload

from mutua_credentials.integrity import Ed25519Key
from mutua_credentials.keys import PrivateKey
from mutua_issuer.api.parts import no_key_yet
from mutua_issuer.domain.institution import Alg, Institution, key_owner
from mutua_issuer.vault import Vault


@overload
def private_key(
    vault: Vault, institution: Institution, second: datetime, alg: Literal["ES256"]
) -> PrivateKey: ...
@overload
def private_key(
    vault: Vault, institution: Institution, second: datetime, alg: Literal["Ed25519"]
) -> Ed25519Key: ...
@overload
def private_key(
    vault: Vault, institution: Institution, second: datetime, alg: Alg
) -> PrivateKey | Ed25519Key: ...
def private_key(
    vault: Vault, institution: Institution, second: datetime, alg: Alg
) -> PrivateKey | Ed25519Key:
    """The key of a kind that is in force at a second; its `kid` is the one that is published.

    Raises `Problem` 503 where none is, `VaultError` where another vault key wrapped it.
    """
    key = institution.key_at(second, alg)
    if key is None or key.wrapped is None:
        raise no_key_yet()
    pem = vault.unwrap(key.wrapped, owner=key_owner(institution.id, key.kid))
    return PrivateKey.from_pem(pem) if alg == "ES256" else Ed25519Key.from_pem(pem)
