"""Keys that the service holds for organisations that sign with none of their own.

An organisation that puts a statement forward in words has it signed in its name once two of its people have
signed. The key is its own, made at the first need, and never leaves the vault in clear; whoever reads such a
statement is told that the service holds its key.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from mutua_credentials.integrity import Ed25519Key, did_key, sign_jcs
from mutua_kernel.database import Connection
from mutua_kernel.vault import Vault
from mutua_recognition.domain.canonical import Json
from mutua_recognition.store import SQL


class Custody:
    """Signs in the name of organisations, with their keys in the vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def sign(self, tx: Connection, tenant: str, document: Json, now: datetime) -> Json:
        """The document with the organisation's proof."""
        row = await tx.fetchrow(SQL["held_key"], tenant)
        if row is None:
            method, key = await self._new(tx, tenant, now)
        else:
            method, key = str(row["id"]), self._opened(tenant, row)
        return sign_jcs(document, key, verification_method=method, created=now)

    async def _new(self, tx: Connection, tenant: str, now: datetime) -> tuple[str, Ed25519Key]:
        key = Ed25519Key.generate()
        did = did_key(key.public_jwk)
        method = f"{did}#{key.public_multikey}"
        await tx.execute(
            SQL["add_signing_key"], method, tenant, json.dumps(key.public_jwk), "service", now, None
        )
        await tx.execute(SQL["add_held_secret"], method, tenant, self._vault.wrap(key.to_pem(), owner=method))
        return method, key

    def _opened(self, tenant: str, row: Mapping[str, object]) -> Ed25519Key:
        sealed = row["sealed"]
        if not isinstance(sealed, bytes):
            raise LookupError(f"the key of {tenant} has no secret")
        return Ed25519Key.from_pem(self._vault.unwrap(sealed, owner=str(row["id"])))
