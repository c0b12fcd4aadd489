"""The trust log as one version of it answers, and what the engine asks it.

`LogView` is pinned to a version of the append-only log: the same pin answers the same for ever, which is what
makes decisions replayable. `supposing` asks "what if", for explanations only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mutua_recognition.domain.canonical import Json, digest
from mutua_recognition.domain.pins import Pin
from mutua_trust import Aspect, Polarity, Statement, TrustIndex, Verdict, statement_to_json
from mutua_trust import Policy as TrustRule
from mutua_trust import Request as TrustQuestion

LOG: str = "trust-log"
EMPTY_LOG = digest({"log": LOG})
"""Digest of the log before its first entry."""


class TrustView(Protocol):
    """What the engine asks of the trust log."""

    @property
    def pin(self) -> Pin:
        """Which version answers."""
        ...

    def decide(self, question: TrustQuestion, rule: TrustRule) -> Verdict: ...

    def statement(self, id: str) -> Statement | None: ...

    def digest(self, id: str) -> str | None:
        """Digest of what this statement states; None where the log has none of this id."""
        ...

    def friends(self, question: TrustQuestion) -> tuple[str, ...]:
        """Entities that both recogniser and issuer trust, sorted: evidence for a reviewer, never a chain."""
        ...

    def supposing(self, chain: Sequence[Statement]) -> "TrustView":
        """A log that holds just these statements of trust, and all distrust."""
        ...


@dataclass(frozen=True, slots=True)
class LogView:
    """An index of the log, asked at one version. `budget` bounds the records examined for one question."""

    index: TrustIndex
    pin: Pin
    budget: int | None = None
    digests: dict[str, str] = field(default_factory=dict[str, str], compare=False)
    """Digests of statements, as far as they were asked for: statements never change."""

    @property
    def version(self) -> int:
        return int(self.pin.version)

    def decide(self, question: TrustQuestion, rule: TrustRule) -> Verdict:
        return self.index.decide(question, rule, self.version, self.budget)

    def statement(self, id: str) -> Statement | None:
        return self.index.statement(id)

    def digest(self, id: str) -> str | None:
        statement = self.index.statement(id)
        if statement is not None and id not in self.digests:
            self.digests[id] = statement_digest(statement)
        return self.digests.get(id)

    def friends(self, question: TrustQuestion) -> tuple[str, ...]:
        found = self.index.common_friends(question, self.version)
        return tuple(sorted({friend.entity for friend in found}))

    def supposing(self, chain: Sequence[Statement]) -> "LogView":
        distrust = [statement for statement in self.index if statement.polarity is Polarity.DISTRUST]
        supposed = TrustIndex([*distrust, *chain])
        supposed.advance(self.version)
        return LogView(supposed, self.pin, self.budget)


def log_view(
    statements: Iterable[Statement], version: int, digest: str, budget: int | None = None
) -> LogView:
    """A view of the log at `version`, whose digest (`extended`) is known."""
    index = TrustIndex(statements)
    index.advance(version)
    return LogView(index, Pin(LOG, str(version), digest), budget)


def statement_digest(statement: Statement) -> str:
    """Digest of what the truster stated, without its place in the log."""
    return digest(stated(statement))


def stated(statement: Statement) -> Json:
    """What the truster said: a statement without the id that this gives it and without what the log adds."""
    added_by_the_log = ("id", "recorded", "revoked", "signature")
    return {
        name: value for name, value in statement_to_json(statement).items() if name not in added_by_the_log
    }


def extended(previous: str, version: int, fact: str, statement: Statement) -> str:
    """Digest of the log after one more entry (`published` or `revoked`); it pins the whole prefix."""
    entry = {"version": version, "fact": fact, "statement": statement_digest(statement)}
    return digest({"after": previous, "entry": entry})


def chains_of(verdict: Verdict) -> dict[str, list[str]] | None:
    """The chain of each aspect, where the policy decides aspect by aspect."""
    if verdict.chains is None:
        return None
    return {aspect.value: list(verdict.chains[aspect]) for aspect in Aspect if aspect in verdict.chains}
