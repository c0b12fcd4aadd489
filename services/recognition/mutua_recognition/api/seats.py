"""Where a recogniser has its seat, as the registry's mirror knows it."""

import json

from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem
from mutua_recognition.projections import seat
from mutua_recognition.store import SQL


async def seat_of(tx: Connection, entity: str) -> str:
    """The country of an institution's seat. Raises `Problem` 409 where the mirror does not know it yet."""
    content = await tx.fetchval(SQL["provider"], entity)
    country = None if content is None else seat(json.loads(content))
    if country is None:
        raise Problem(
            409,
            "registry_not_ready",
            "The registry's mirror does not know where your organisation has its seat.",
            found=f"no seat of {entity}",
            expected="an institution of the registry",
            fix="Wait until the mirror has caught up. If it has, ask the registry to list your organisation.",
            headers={"Retry-After": "5"},
        )
    return country
