"""The statements of queries.sql by name, and values as they take them."""

import json
from collections.abc import Sequence
from typing import Any

from mutua_kernel.database import load_queries

SQL = load_queries("mutua_recognition")


def compact(value: object) -> str:
    """JSON for a jsonb column."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def columns(rows: Sequence[object], names: str) -> list[list[Any]]:
    """The named members of all rows, column by column, as set statements take them."""
    return [[getattr(row, name) for row in rows] for name in names.split()]
