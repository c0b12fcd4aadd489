"""Status lists as everybody reads them: signed snapshots that never change, the latest one or that of an
instant.

The address of a list is the institution's own host; a list is found by its id, so that any host that leads
here shows it. Readers ask again with the ETag and get 304 while nothing changed.
"""

import hashlib
from datetime import UTC, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from mutua_issuer import store
from mutua_issuer.api.parts import VaultOf
from mutua_issuer.api.status_lists import StatusLists
from mutua_issuer.domain import status
from mutua_issuer.domain.status import Kind
from mutua_issuer.store import Snapshot
from mutua_issuer.vault import Vault
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import Store, StoreOf

router = APIRouter(tags=["status lists"])

SETTLED: Final = timedelta(minutes=1)
"""What was said at an instant that is longer past can no longer change: nobody is still writing it."""

_LATEST: Final = f"public, max-age={int(status.TTL.total_seconds())}"
_FOR_EVER: Final = "public, max-age=31536000, immutable"

At = Annotated[AwareDatetime | None, Query(description="The list as it was published at this instant.")]
Known = Annotated[str | None, Header(alias="If-None-Match")]


@router.get("/status/{number}/{kind}")
@router.get("/{path:path}/status/{number}/{kind}", include_in_schema=False)
async def status_list(
    storage: StoreOf, vault: VaultOf, number: UUID, kind: Kind, timestamp: At = None, known: Known = None
) -> Response:
    """A status list: `token` (statuslist+jwt), `revocation` or `suspension` (a credential with a proof)."""
    now = storage.clock.now()
    if timestamp is not None and timestamp > now:
        raise Problem(
            422,
            "timestamp_in_future",
            "Nobody knows yet what this list will say.",
            found=timestamp.isoformat(),
            expected=f"{now.isoformat()} or earlier",
            fix="Leave timestamp out to get the list as it is.",
        )
    async with storage.pool.acquire() as connection:
        found = await store.snapshot(connection, number, kind, timestamp)
    if found is not None and timestamp is None and now - found.published_at > status.RENEWAL:
        found = await _renewed(storage, vault, found.institution, number, kind)
    if found is None:
        raise _nothing()
    settled = timestamp is not None and now - timestamp > SETTLED
    headers = {
        "ETag": _tag(found.document),
        "Cache-Control": _FOR_EVER if settled else _LATEST,
        "Last-Modified": found.published_at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "Access-Control-Allow-Origin": "*",
    }
    if known is not None and (known.strip() == "*" or headers["ETag"] in known.replace("W/", "").split(", ")):
        return Response(status_code=304, headers=headers)
    return Response(found.document, media_type=status.MEDIA_TYPES[kind], headers=headers)


async def _renewed(storage: Store, vault: Vault, tenant: str, number: UUID, kind: Kind) -> Snapshot | None:
    """The list published anew, unless somebody just did."""
    async with storage.reading(tenant) as tx:
        institution = await store.hold_institution(tx, tenant)
        assert institution is not None, "it has published this list"
        await StatusLists(tx, vault, storage.clock, institution).renew(number)
        return await store.snapshot(tx, number, kind, None)


def _tag(document: str) -> str:
    return f'"{hashlib.sha256(document.encode()).hexdigest()[:32]}"'


def _nothing() -> Problem:
    return Problem(
        404,
        "not_found",
        "No list was published here, or not yet at that instant.",
        expected="the address that a credential names",
        fix="Ask by the address in the credential's status.",
    )
