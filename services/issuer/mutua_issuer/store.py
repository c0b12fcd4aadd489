"""The issuer's tables: rows in, values of the domain out. Every function runs inside the caller's
transaction, which sees one tenant; the statements are in queries.sql.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from mutua_issuer.domain.component import Version
from mutua_issuer.domain.institution import Institution, SigningKey
from mutua_issuer.domain.issuing import Made
from mutua_kernel.database import Connection, load_queries

SQL = load_queries("mutua_issuer")


@dataclass(frozen=True, slots=True)
class Known:
    """A credential that was issued under an external id before."""

    fingerprint: bytes
    id: UUID
    digest: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Ordered:
    """A credential to be stored, with whose it is and what was asked for."""

    made: Made
    sealed: bytes
    external_ref: bytes
    fingerprint: bytes
    learner_ref: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored credential with its learner's wrapped key."""

    id: UUID
    component: str | None
    component_version: int | None
    award_date: date
    issued_at: datetime
    kid: str
    bus_form: str
    digest: str
    sealed: bytes
    learner_ref: bytes
    data_key: bytes


# ------------------------------------------------------------------ institutions and keys


async def register(tx: Connection, new: Institution) -> bool:
    """Whether `new` was stored; it was not where its id or its web identity is registered already."""
    version = await tx.fetchval(
        SQL["register"],
        new.id,
        new.iss,
        new.did,
        json.dumps(dict(new.names)),
        new.country,
        _identifiers_text(new),
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
    """Stores names, country and identifiers (the rest stays); gives back the new version."""
    row = await tx.fetchrow(
        SQL["change_institution"],
        changed.id,
        json.dumps(dict(changed.names)),
        changed.country,
        _identifiers_text(changed),
    )
    assert row is not None, "whoever calls has locked it"
    return row["version"]


async def add_key(tx: Connection, tenant: str, key: SigningKey) -> None:
    """Stores a new key."""
    await tx.execute(SQL["add_key"], tenant, key.kid, json.dumps(dict(key.jwk)), key.valid_from, key.wrapped)


async def end_key(tx: Connection, tenant: str, kid: str, valid_to: datetime) -> None:
    """Ends the validity of a key that had no end."""
    await tx.execute(SQL["end_key"], tenant, kid, valid_to)


async def publish(
    tx: Connection, of: Institution, did_document: Mapping[str, Any], metadata: Mapping[str, Any]
) -> None:
    """Replaces what everybody may read of an institution."""
    await tx.execute(SQL["publish"], of.iss, of.id, json.dumps(did_document), json.dumps(metadata))


async def publication_of_host(tx: Connection, iss: str) -> tuple[str, str] | None:
    """The did:web document and the issuer metadata of a web identity, as JSON texts."""
    return _publication(await tx.fetchrow(SQL["publication_of_host"], iss))


async def publication_of_institution(tx: Connection, tenant: str) -> tuple[str, str] | None:
    """The same by the institution's id."""
    return _publication(await tx.fetchrow(SQL["publication_of_institution"], tenant))


# ------------------------------------------------------------------ components


async def add_component(tx: Connection, tenant: str, new: Version, at: datetime) -> Version:
    """Stores the next version of a component; whoever calls has locked the institution."""
    row = await tx.fetchrow(SQL["add_component"], tenant, new.code, json.dumps(dict(new.content)), at)
    return _version(row)


async def latest_components(tx: Connection, codes: Iterable[str]) -> dict[str, Version]:
    """The latest version of each of these components that there is."""
    rows = await tx.fetch(SQL["latest_components"], sorted(set(codes)))
    return {row["code"]: _version(row) for row in rows}


async def component_version(tx: Connection, code: str, version: int) -> Version | None:
    """One version of a component."""
    row = await tx.fetchrow(SQL["component_version"], code, version)
    return None if row is None else _version(row)


async def list_components(tx: Connection, after: str, limit: int) -> list[Version]:
    """Latest versions in order of code."""
    return [_version(row) for row in await tx.fetch(SQL["list_components"], after, limit)]


# ------------------------------------------------------------------ credentials


async def known_credentials(tx: Connection, external_refs: Iterable[bytes]) -> dict[bytes, Known]:
    """What was issued under these external ids before."""
    rows = await tx.fetch(SQL["known_credentials"], list(external_refs))
    return {
        row["external_ref"]: Known(row["fingerprint"], row["id"], row["digest"], row["issued_at"])
        for row in rows
    }


async def learner_keys(tx: Connection, tenant: str, fresh: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The wrapped data key of each learner; who has none gets the one in `fresh`."""
    refs = sorted(fresh)
    await tx.execute(SQL["add_learners"], tenant, refs, [fresh[ref] for ref in refs])
    return {row["ref"]: row["data_key"] for row in await tx.fetch(SQL["learner_keys"], refs)}


async def add_credentials(tx: Connection, tenant: str, rows: Sequence[Ordered]) -> dict[UUID, int]:
    """Stores credentials; answers the version of each one that was stored.

    One that is missing in the answer was issued by somebody else at the same moment.
    """
    made = [row.made for row in rows]
    stored = await tx.fetch(
        SQL["add_credentials"],
        tenant,
        [one.id for one in made],
        [row.external_ref for row in rows],
        [row.fingerprint for row in rows],
        [row.learner_ref for row in rows],
        [one.component for one in made],
        [one.component_version for one in made],
        [one.award_date for one in made],
        [one.issued_at for one in made],
        [one.kid for one in made],
        [one.bus_form for one in made],
        [one.digest for one in made],
        [row.sealed for row in rows],
    )
    return {row["id"]: row["version"] for row in stored}


async def credential(tx: Connection, number: UUID) -> Kept | None:
    """One credential."""
    row = await tx.fetchrow(SQL["credential"], number)
    return None if row is None else Kept(**dict(row))


async def list_credentials(tx: Connection, after: UUID, component: str | None, limit: int) -> list[Kept]:
    """Credentials in order of id, which is the order in which they were made."""
    return [Kept(**dict(row)) for row in await tx.fetch(SQL["list_credentials"], after, component, limit)]


# ------------------------------------------------------------------ rows and values


async def _institution(tx: Connection, query: str, tenant: str) -> Institution | None:
    row = await tx.fetchrow(SQL[query], tenant)
    if row is None:
        return None
    keys = tuple(
        SigningKey(**{**dict(key), "jwk": json.loads(key["jwk"])})
        for key in await tx.fetch(SQL["keys"], tenant)
    )
    fields = {**dict(row), "names": json.loads(row["names"])}
    fields["identifiers"] = tuple((scheme, value) for scheme, value in json.loads(row["identifiers"]))
    return Institution(**fields, keys=keys)


def _identifiers_text(of: Institution) -> str:
    return json.dumps([list(identifier) for identifier in of.identifiers])


def _version(row: Any) -> Version:
    return Version(row["code"], row["version"], json.loads(row["content"]))


def _publication(row: Any) -> tuple[str, str] | None:
    return None if row is None else (row["did_document"], row["issuer_metadata"])
