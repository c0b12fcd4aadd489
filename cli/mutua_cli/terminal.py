"""The terminal as every command writes to it."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def console(**settings: Any) -> Console:
    """A console that leaves text as it is: rich would make a picture of the `:key:` in a did:key."""
    return Console(emoji=False, **settings)
