"""One row, or the answer that there is none."""

from collections.abc import Mapping
from typing import Any

from mutua_kernel.database import Connection
from mutua_kernel.http.problems import not_found
from mutua_recognition.store import SQL


async def one_row(tx: Connection, query: str, *given: object, called: str) -> Mapping[str, Any]:
    """What a query finds. Raises `Problem` 404 where there is none that the transaction may see; `called` is
    what callers know it by.
    """
    row = await tx.fetchrow(SQL[query], *given)
    if row is None:
        raise not_found(called)
    return row
