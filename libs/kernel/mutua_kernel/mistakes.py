"""How an error is told to an operator: its kind, its place in the code, the database's code; no message.

Messages of exceptions quote what was found: a row's values, a body's members. No log, no trace may hold them.
"""

import traceback
from typing import Any

import asyncpg

DEEPEST = 12
"""Frames of a traceback that are told, the innermost ones."""


def told(error: BaseException) -> dict[str, Any]:
    """`error` and what caused it, without contents."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    found: dict[str, Any] = {
        "type": type(error).__name__,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, asyncpg.PostgresError):
        names = ("sqlstate", "table_name", "column_name", "constraint_name", "routine")
        found |= {name: value for name in names if (value := getattr(error, name, None))}
    elif isinstance(error, OSError) and error.errno is not None:
        found["errno"] = error.errno
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        found["because"] = told(cause)
    return found
