"""What people released, in memory: the trust log, policies, mandates, standing rules, alliances.

A worker asks the two heads before each batch and loads what is new, so a revocation that was accepted
before a
credential was evaluated is always seen. The version, never a Kafka offset, is the token.
"""

import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mutua_kernel.database import Connection
from mutua_recognition.domain.alliances import Alliance, read_alliance
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.mandates import Mandate, read_mandate
from mutua_recognition.domain.pins import Pin
from mutua_recognition.domain.policy import PolicyBundle, read_policy
from mutua_recognition.domain.standing_rules import StandingRule, read_standing_rule
from mutua_recognition.domain.trust import LOG, LogView
from mutua_recognition.store import SQL
from mutua_trust import Statement, TrustIndex, statement_from_json

T = TypeVar("T")


class CatalogueBroken(RuntimeError):
    """A released row cannot be read any more: code and data do not fit together, so nothing may be
    decided."""


@dataclass(slots=True)
class Catalogue:
    """The catalogue as of its two heads. `refresh` brings it up to date; everything else reads from
    memory."""

    index: TrustIndex = field(default_factory=TrustIndex)
    policies: list[PolicyBundle] = field(default_factory=list)
    mandates: list[Mandate] = field(default_factory=list)
    rules: list[tuple[StandingRule, str]] = field(default_factory=list)
    """Standing rules in force, each with the country of its recogniser."""
    alliances: dict[str, Alliance] = field(default_factory=dict)
    log: Pin = field(default_factory=lambda: Pin(LOG, "0", ""))
    version: int = -1

    async def refresh(self, tx: Connection) -> None:
        """Applies what was released since the last call: one small read, more only when something changed."""
        heads = await tx.fetchrow(SQL["heads"])
        if heads is None:
            raise CatalogueBroken("the heads are missing: run the migrations")
        if int(self.log.version) < heads["log_version"] or not self.log.digest:
            await self._follow_log(tx, heads["log_version"], heads["log_digest"])
        if self.version < heads["catalogue_version"]:
            await self._reload(tx, heads["catalogue_version"])

    def trust(self) -> LogView:
        """The trust log at the newest version applied."""
        return LogView(self.index, self.log)

    def newest_rules(self) -> list[tuple[StandingRule, str]]:
        """The newest version of each standing rule, with its recogniser's country."""
        newest: dict[str, tuple[StandingRule, str]] = {}
        for rule, country in self.rules:
            if rule.id not in newest or newest[rule.id][0].version < rule.version:
                newest[rule.id] = (rule, country)
        return list(newest.values())

    async def _follow_log(self, tx: Connection, version: int, digest: str) -> None:
        for row in await tx.fetch(SQL["statements_since"], int(self.log.version)):
            statement = statement_of(row["content"], row["recorded"], row["revoked"])
            if statement.id not in self.index:
                self.index.apply(statement)
            elif statement.revoked is not None:
                self.index.revoke(statement.id, statement.revoked)
        self.index.advance(version)
        self.log = Pin(LOG, str(version), digest)

    async def _reload(self, tx: Connection, version: int) -> None:
        rows = await tx.fetch(SQL["catalogue"])
        of = {
            kind: [row for row in rows if row["kind"] == kind] for kind in ("policy", "mandate", "alliance")
        }
        self.policies = [_whole(read_policy(json.loads(row["content"]))) for row in of["policy"]]
        self.mandates = [_whole(read_mandate(json.loads(row["content"]))) for row in of["mandate"]]
        alliances = (_whole(read_alliance(json.loads(row["content"]))) for row in of["alliance"])
        self.alliances = {alliance.id: alliance for alliance in alliances}
        self.rules = [
            (_whole(read_standing_rule(json.loads(row["content"]))), str(row["country"]))
            for row in rows
            if row["kind"] == "standing_rule"
        ]
        self.version = version


def statement_of(content: str, recorded: int, revoked: int | None) -> Statement:
    """A statement as the log has it, from its row."""
    data: dict[str, Any] = json.loads(content)
    found = statement_from_json({**data, "recorded": recorded, "revoked": revoked})
    if not isinstance(found, Statement):
        raise CatalogueBroken(f"statement {data.get('id')}: {found}")
    return found


def _whole(found: T | Refused) -> T:
    if isinstance(found, Refused):
        raise CatalogueBroken(f"{found.code} at {found.flaws[0].path}")
    return found
