"""Rows of components: versions are added and never changed."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mutua_issuer.domain.component import Version
from mutua_issuer.store.queries import SQL
from mutua_kernel.database import Connection


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


def _version(row: Any) -> Version:
    return Version(row["code"], row["version"], json.loads(row["content"]))
