"""Rows of institutions, their keys, their identifiers and what they publish."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mutua_issuer.domain.identifiers import Binding
from mutua_issuer.domain.institution import Institution, SigningKey
from mutua_issuer.store.queries import SQL
from mutua_kernel.database import Connection


async def register(tx: Connection, new: Institution) -> bool:
    """Whether `new` was stored; it was not where its id or its web identity is registered already."""
    version = await tx.fetchval(
        SQL["register"],
        new.id,
        new.iss,
        new.did,
        json.dumps(dict(new.names)),
        new.country,
        new.since,
    )
    return version is not None


async def institution(tx: Connection, tenant: str) -> Institution | None:
    """The institution with its keys."""
    return await _institution(tx, "institution", tenant)


async def hold_institution(tx: Connection, tenant: str) -> Institution | None:
    """The same, whose keys cannot change before this transaction ends."""
    return await _institution(tx, "hold_institution", tenant)


async def lock_institution(tx: Connection, tenant: str) -> Institution | None:
    """The same, for the one who changes it."""
    return await _institution(tx, "lock_institution", tenant)


async def change_institution(tx: Connection, changed: Institution) -> int:
    """Stores names and country (the rest stays); gives back the new version."""
    names = json.dumps(dict(changed.names))
    row = await tx.fetchrow(SQL["change_institution"], changed.id, names, changed.country)
    assert row is not None, "whoever calls has locked it"
    return row["version"]


async def set_identifiers(
    tx: Connection, tenant: str, country: str, wanted: Sequence[Binding]
) -> set[tuple[str, str]]:
    """Replaces the identifiers of an institution in a country; answers the scheme and value of those that
    another institution has proven.

    Where there are any, nothing may be kept: the caller gives the transaction up.
    """
    await tx.execute(SQL["drop_identifiers"], tenant)
    stored = await tx.fetch(
        SQL["add_identifiers"],
        tenant,
        [one.scheme for one in wanted],
        [one.value for one in wanted],
        [one.canonical(country) for one in wanted],
        [one.source for one in wanted],
        [one.confidence for one in wanted],
        [one.checked_at for one in wanted],
    )
    return {one.pair for one in wanted} - {(row["scheme"], row["value"]) for row in stored}


async def add_keys(tx: Connection, tenant: str, keys: Sequence[SigningKey]) -> None:
    """Stores new keys."""
    await tx.execute(
        SQL["add_keys"],
        tenant,
        [key.kid for key in keys],
        [json.dumps(dict(key.jwk)) for key in keys],
        [key.valid_from for key in keys],
        [key.valid_to for key in keys],
        [key.wrapped for key in keys],
        [key.alg for key in keys],
    )


async def end_keys(tx: Connection, tenant: str, valid_to: datetime) -> None:
    """Ends the validity of the keys that had no end."""
    await tx.execute(SQL["end_keys"], tenant, valid_to)


async def mark_compromised(tx: Connection, tenant: str, kid: str, at: datetime) -> None:
    """What the key signed from `at` on proves nothing."""
    await tx.execute(SQL["mark_compromised"], tenant, kid, at)


async def publish(
    tx: Connection, of: Institution, did_document: Mapping[str, Any], metadata: Mapping[str, Any]
) -> None:
    """Replaces what everybody may read of an institution."""
    await tx.execute(SQL["publish"], of.iss, of.id, json.dumps(did_document), json.dumps(metadata))


async def publishing_institutions(tx: Connection) -> list[str]:
    """Every institution that publishes documents, of any tenant."""
    return [row["institution"] for row in await tx.fetch(SQL["publishing_institutions"])]


async def publication_of_host(tx: Connection, iss: str) -> tuple[str, str] | None:
    """The did:web document and the issuer metadata of a web identity, as JSON texts."""
    return _publication(await tx.fetchrow(SQL["publication_of_host"], iss))


async def publication_of_institution(tx: Connection, tenant: str) -> tuple[str, str] | None:
    """The same by the institution's id."""
    return _publication(await tx.fetchrow(SQL["publication_of_institution"], tenant))


async def _institution(tx: Connection, query: str, tenant: str) -> Institution | None:
    row = await tx.fetchrow(SQL[query], tenant)
    if row is None:
        return None
    keys = tuple(
        SigningKey(**{**dict(key), "jwk": json.loads(key["jwk"])})
        for key in await tx.fetch(SQL["keys"], tenant)
    )
    identifiers = tuple(Binding(**dict(one)) for one in await tx.fetch(SQL["identifiers"], tenant))
    fields = {**dict(row), "names": json.loads(row["names"])}
    return Institution(**fields, identifiers=identifiers, keys=keys)


def _publication(row: Any) -> tuple[str, str] | None:
    return None if row is None else (row["did_document"], row["issuer_metadata"])
