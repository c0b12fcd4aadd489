"""Rows of credentials and of learners with their keys."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from mutua_issuer.domain.issuing import Made
from mutua_issuer.domain.status import Place, Status
from mutua_issuer.store.queries import SQL
from mutua_kernel.database import Connection


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
    link: bytes
    """SHA-256 of the token in the holder's link."""


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
    data_key: bytes | None
    valid_until: date | None
    status: Status
    status_list: UUID | None
    status_index: int | None
    version: int
    link_serial: int | None
    """None where there is no link."""

    @property
    def erased(self) -> bool:
        """Whether the learner was erased after it was issued: nothing personal of it can be read again."""
        return self.data_key is None or not self.sealed

    @property
    def place(self) -> Place | None:
        """Its place in the status lists; None where it was issued before there were any."""
        if self.status_list is None or self.status_index is None:
            return None
        return Place(self.status_list, self.status_index)


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
        [one.valid_until for one in made],
        [one.place.list_id for one in made],
        [one.place.index for one in made],
        [row.link for row in rows],
    )
    return {row["id"]: row["version"] for row in stored}


async def credential(tx: Connection, number: UUID) -> Kept | None:
    """One credential."""
    row = await tx.fetchrow(SQL["credential"], number)
    return None if row is None else Kept(**dict(row))


async def lock_credential(tx: Connection, number: UUID) -> Kept | None:
    """The same, for the one who changes it."""
    if await tx.fetchval(SQL["lock_credential"], number) is None:
        return None
    return await credential(tx, number)


async def erase_learner(tx: Connection, ref: bytes, at: datetime) -> int | None:
    """Destroys a learner's key, everything that it sealed, and the links to it.

    How many credentials that were; None where there is no such learner.
    """
    if await tx.fetchval(SQL["erase_learner"], ref, at) is None:
        return None
    await tx.execute(SQL["drop_links_of_learner"], ref)
    return len(await tx.fetch(SQL["blank_credentials"], ref))


async def link(tx: Connection, digest: bytes) -> tuple[str, UUID] | None:
    """The institution and the credential of a holder's link, by the SHA-256 of its secret; of any tenant."""
    await tx.execute(SQL["hold_link"], digest)
    row = await tx.fetchrow(SQL["link"], digest)
    return None if row is None else (row["institution"], row["credential"])


async def set_link(tx: Connection, tenant: str, number: UUID, digest: bytes, serial: int) -> None:
    """Makes the one link of a credential; another one that was there leads nowhere from then on."""
    await tx.execute(SQL["set_link"], digest, tenant, number, serial)


async def list_credentials(tx: Connection, after: UUID, component: str | None, limit: int) -> list[Kept]:
    """Credentials in order of id, which is the order in which they were made."""
    return [Kept(**dict(row)) for row in await tx.fetch(SQL["list_credentials"], after, component, limit)]
