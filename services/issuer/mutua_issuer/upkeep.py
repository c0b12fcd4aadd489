"""Status lists are published anew every day, also those that nobody changed and nobody asked for.

So the list of any instant in which the service ran can be had later. It runs beside the API, which has the
keys; several processes may do it at once.
"""

import asyncio
from datetime import timedelta
from typing import Final

from mutua_issuer import store
from mutua_issuer.api.status_lists import StatusLists
from mutua_issuer.domain import status
from mutua_issuer.vault import Vault
from mutua_kernel import telemetry
from mutua_kernel.clock import today
from mutua_kernel.database import is_infrastructure
from mutua_kernel.http.writes import Store

EVERY: Final = timedelta(hours=1)

_LOG = telemetry.logger("upkeep")


async def keep_lists_fresh(storage: Store, vault: Vault) -> None:
    """For ever. A database that does not answer is asked again an hour later: a snapshot lasts for a week."""
    while True:
        try:
            await renew_lists(storage, vault)
        except Exception as error:
            if not is_infrastructure(error):
                _LOG.critical("upkeep broke", exc_info=error)
                raise
            _LOG.warning("upkeep waits for infrastructure", cause=type(error).__name__)
        await asyncio.sleep(EVERY.total_seconds())


async def renew_lists(storage: Store, vault: Vault) -> int:
    """Publishes the lists of all institutions that are due, each in a transaction of its own; how many."""
    async with storage.pool.acquire() as connection:
        institutions = await store.publishing_institutions(connection)
    renewed = 0
    for tenant in institutions:
        async with storage.reading(tenant) as tx:
            due = await store.due_lists(tx, storage.clock.now() - status.RENEWAL, today(storage.clock))
        for number in due:
            async with storage.reading(tenant) as tx:
                institution = await store.hold_institution(tx, tenant)
                assert institution is not None, "it publishes documents"
                renewed += await StatusLists(tx, vault, storage.clock, institution).renew(number)
    return renewed
