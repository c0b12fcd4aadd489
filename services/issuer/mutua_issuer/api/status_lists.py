"""Status lists inside a transaction: places for new credentials, and snapshots for what changed.

Whoever gives places away holds the list alone and signs meanwhile; others pass it by and take another one.
A place is drawn at random, is taken only by the credential that is stored with it, and two never share one
(the database sees to it).
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from mutua_credentials.jws import Signer
from mutua_credentials.status_lists import ENTRIES
from mutua_issuer import store
from mutua_issuer.api.signing import private_key
from mutua_issuer.domain import keys, status
from mutua_issuer.domain.institution import Alg, Institution
from mutua_issuer.domain.status import Place
from mutua_issuer.vault import Vault
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection
from mutua_kernel.ids import new_id

_AT_LEAST_DRAWN: Final = 16


class StatusLists:
    """The lists of one institution in one transaction, which holds the institution."""

    def __init__(self, tx: Connection, vault: Vault, clock: Clock, institution: Institution) -> None:
        self._tx = tx
        self._vault = vault
        self._clock = clock
        self._institution = institution

    async def places(self, groups: Sequence[date | None]) -> list[Place]:
        """A place for each of these groups of expiry, in their order; they are this transaction's alone."""
        found = {group: iter(await self._free(group, many)) for group, many in Counter(groups).items()}
        return [next(found[group]) for group in groups]

    async def taken(self, places: Iterable[Place]) -> None:
        """Counts the places that credentials were stored with."""
        for number, many in Counter(place.list_id for place in places).items():
            await store.count_used(self._tx, number, many)

    async def publish(self, number: UUID) -> None:
        """Publishes what the list says now, later than all that it said before. Waits for others who hold
        it."""
        last = await store.lock_list(self._tx, number)
        await self._publish(number, max(self._clock.now(), last + timedelta(microseconds=1)))

    async def renew(self, number: UUID) -> bool:
        """Publishes a list that was not published for a day; False where somebody just did."""
        last = await store.lock_list(self._tx, number)
        due = self._clock.now() - last > status.RENEWAL
        if due:
            await self._publish(number, self._clock.now())
        return due

    async def publish_all(self) -> None:
        """Publishes every list anew, as after a change of keys that takes their signatures away."""
        for number in await store.lists_of(self._tx):
            await self.publish(number)

    async def _free(self, group: date | None, many: int) -> list[Place]:
        number = await store.take_open_list(self._tx, group, status.MOST_USED - many)
        if number is None:
            number = new_id()
            at = self._clock.now()
            await store.add_list(self._tx, self._institution.id, number, group, at)
            await self._publish(number, at)
        free: dict[int, None] = {}
        while len(free) < many:
            drawn = [secrets.randbelow(ENTRIES) for _ in range(2 * many + _AT_LEAST_DRAWN)]
            fresh = [index for index in dict.fromkeys(drawn) if index not in free]
            free |= dict.fromkeys(await store.free_indices(self._tx, number, fresh, many - len(free)))
        return [Place(number, index) for index in free]

    async def _publish(self, number: UUID, at: datetime) -> None:
        of, second = self._institution, keys.whole_second(at)
        documents = await asyncio.to_thread(
            status.documents,
            number,
            await store.states(self._tx, number),
            iss=of.iss,
            did=of.did,
            token_signer=self._private(second, "ES256"),
            # Who registered before there were keys for proofs has one kind of key only.
            proof_signer=self._private(second, "Ed25519" if of.key_at(second, "Ed25519") else "ES256"),
            at=second,
        )
        until = second + status.LIFETIME
        await store.publish_list(self._tx, of.id, number, documents, at, until)

    def _private(self, second: datetime, alg: Alg) -> Signer:
        return private_key(self._vault, self._institution, second, alg)
