"""What the chapters share: the desk, the teller, the cast, and what was learned on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutua_local.demo.callers import Caller, Desk
from mutua_local.demo.cast import University
from mutua_local.demo.receiver import Receiver
from mutua_local.demo.teller import Teller
from mutua_local.tenants import TENANTS

Json = dict[str, Any]


@dataclass
class Story:
    """One telling of the story."""

    desk: Desk
    teller: Teller
    folder: Path
    """Where its files are written."""
    cast: dict[str, University]
    receiver: Receiver
    statements: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """Ids of statements by truster and trustee."""
    endpoint: str = ""
    summary: Json = field(default_factory=dict[str, Any])

    def caller(self, short: str, part: str) -> Caller:
        """A client of an organisation, e.g. ("lisvik", "issuer")."""
        return self.desk.caller(f"{short}.{part}")

    @property
    def operator(self) -> Caller:
        """Whoever runs the services."""
        return self.desk.caller("operator")


NAMES = {tenant.id: tenant.name for tenant in TENANTS}
"""Names of organisations by id."""
