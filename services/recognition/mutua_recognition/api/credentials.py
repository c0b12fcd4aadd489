"""Which credential is meant: one that has arrived from the bus or was presented before, or a new one.

Whoever names a credential sees it for this transaction: its id is random, and nothing about the learner is
stored. A new one is stored under the id that it claims only where that is proven and free.
"""

from dataclasses import dataclass
from datetime import datetime

from mutua_kernel.database import Connection
from mutua_recognition.api.presented import FORMAT, Presented, derived_id, prove
from mutua_recognition.issuers import Issuers, claimed_issuer
from mutua_recognition.store import SQL, load_issuers
from mutua_recognition.uploads import Uploaded


@dataclass(frozen=True, slots=True)
class Known:
    """A stored credential, and what its holder discloses now; issuer and country only where proven."""

    id: str
    digest: str
    issuer: str | None
    country: str | None
    disclosed: str | None = None


async def find(tx: Connection, id: str) -> Known | None:
    """The credential of this id."""
    await tx.execute(SQL["name_presented"], id)
    row = await tx.fetchrow(SQL["credential"], id)
    return None if row is None else Known(row["id"], row["digest"], row["issuer"], row["country"])


async def take_in(tx: Connection, presented: Presented, now: datetime) -> Known:
    """What is presented, as it is known here; stored where it is not known yet."""
    own = None if presented.claimed_id is None else await find(tx, presented.claimed_id)
    derived = derived_id(presented.digest)
    for known in (own, await find(tx, derived)):
        if known is not None and known.digest == presented.digest:
            return Known(known.id, known.digest, known.issuer, known.country, presented.disclosed)
    proven = prove(presented, await _issuers(tx, presented), now)
    free = proven is not None and own is None
    id = presented.claimed_id if free and presented.claimed_id is not None else derived
    await tx.execute(SQL["name_presented"], id)  # an insert that may conflict has to be able to see its row
    await tx.execute(
        SQL["add_credential"],
        id,
        proven.issuer if proven else None,
        proven.awarding_body if proven else None,
        proven.country if proven else None,
        proven.component if proven else None,
        proven.award_date if proven else None,
        FORMAT,
        presented.digest,
        presented.bus_form,
    )
    return Known(
        id,
        presented.digest,
        proven.issuer if proven else None,
        proven.country if proven else None,
        presented.disclosed,
    )


async def take_in_file(tx: Connection, file: Uploaded) -> Known:
    """The credential of a file: one that has arrived with just these bytes, else a new one by its digest.

    Nothing in it is proven yet; evaluation says who has signed it.
    """
    own = None if file.id is None else await find(tx, file.id)
    if own is not None and own.digest == file.digest:
        return own
    id = derived_id(file.digest)
    await tx.execute(SQL["name_presented"], id)
    none = (None,) * 5
    await tx.execute(SQL["add_credential"], id, *none, file.format, file.digest, None)
    return Known(id, file.digest, None, None)


async def _issuers(tx: Connection, presented: Presented) -> Issuers:
    claimed = claimed_issuer(presented.bus_form)
    return Issuers(await load_issuers(tx, [claimed[0]] if claimed else [], []))
