"""What operators ask of recognition beside the park: how many requests there are, and what they wait for.

Numbers only. Whoever runs the service sees that nothing is lost, and nobody's cases.
"""

from collections import defaultdict
from typing import Annotated

from fastapi import Depends

from mutua_kernel.http.auth import Principal, require
from mutua_kernel.http.writes import StoreOf
from mutua_recognition.api.bodies import View, new_router
from mutua_recognition.store import SQL

router = new_router("operations")

Operator = Annotated[Principal, Depends(require("operator"))]


class Counts(View):
    """All organisations together."""

    credentials: int
    """Credentials that have arrived, issued or presented."""
    without_request: int
    """Those among them that no standing rule asked for and nobody presented."""
    queued: int
    """Requests that wait for their evaluation."""
    requests: dict[str, dict[str, int]]
    """Requests by recogniser and state."""


@router.get("/operations/counts")
async def counts(_caller: Operator, store: StoreOf) -> Counts:
    """How many credentials and requests there are, and where they stand."""
    async with store.pool.acquire() as connection:
        rows = await connection.fetch(SQL["counts"])
    whole = {row["what"]: int(row["number"]) for row in rows if row["recogniser"] is None}
    requests: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["recogniser"] is not None:
            requests[row["recogniser"]][row["state"]] = int(row["number"])
    return Counts(
        credentials=whole["credentials"],
        without_request=whole["without_request"],
        queued=whole["queued"],
        requests=dict(requests),
    )
