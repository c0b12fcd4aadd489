"""The trust log as one organisation may read it: what happened at which version, and the whole's digest."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import ConfigDict

from mutua_contracts.trust import TrustStatement
from mutua_kernel.http.writes import StoreOf
from mutua_recognition import trust_log
from mutua_recognition.api.bodies import Limit, Page, View, new_router, page
from mutua_recognition.api.people import Reader
from mutua_recognition.store import SQL

router = new_router("trust")


class LogEntry(View):
    """One fact of the trust log."""

    version: int
    """The log's version after it."""
    fact: Literal["published", "revoked"]
    """What happened."""
    statement: TrustStatement
    """The statement as of then."""


class LogPage(Page[LogEntry]):
    """Facts of the log that the organisation may see, in order, with the whole log's head."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    version: int
    """Newest version of the log."""
    digest: str
    """Digest of the whole log up to it."""


@router.get("/trust/log")
async def log(
    caller: Reader,
    store: StoreOf,
    after: Annotated[int, Query(ge=0, lt=2**31, description="Version of the last fact seen")] = 0,
    limit: Limit = 100,
) -> LogPage:
    """What happened in the trust log after a version, as far as the organisation is a party to it."""
    async with store.reading(caller.tenant) as tx:
        head = await tx.fetchrow(SQL["log_head"])
        rows = await tx.fetch(SQL["trust_log"], after, limit)
    if head is None:
        raise LookupError("the head of the trust log is missing: run the migrations")
    entries = [
        LogEntry(
            version=row["version"],
            fact=row["fact"],
            statement=trust_log.wire(row),
        )
        for row in rows
    ]
    found = page(entries, limit, str(entries[-1].version) if entries else None)
    return LogPage(items=found.items, next=found.next, version=head["version"], digest=head["digest"])
