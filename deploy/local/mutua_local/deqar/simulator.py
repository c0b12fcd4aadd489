"""The simulated registry as one object: truth, lagging index, clock, tokens and planned faults.

Every change of the truth goes through here, so that the index hears of exactly those changes of which the
real one would. Seeding is deterministic: the same profile, seed and clock give the same bytes.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .demo import demo_dataset
from .faults import FaultPlan
from .generate import PROFILES, generate
from .index import SearchIndex
from .indexer import Indexer
from .model import RECORDS, Activity, Agency, Dataset, Provider, Record, Report
from .records import kind_of
from .truth import Truth

READER = "reader"
SUBMITTER = "submitter"


@dataclass(slots=True)
class Clock:
    """The registry's own time: fixed when set, else that of the machine."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        return self.fixed or datetime.now(UTC)


@dataclass(slots=True)
class Simulator:
    """Two users have accounts: `reader` with `token`, who has no agency, and `submitter` with `submit_token`,
    who submits for the agencies of `submits_for` (None: for all). Their passwords are their names. `legacy`
    turns on the shapes of earlier years, `issues_credentials` the backend that signs credentials.
    """

    token: str = field(default_factory=lambda: secrets.token_hex(20))
    submit_token: str = field(default_factory=lambda: secrets.token_hex(20))
    submits_for: frozenset[int] | None = None
    legacy: bool = False
    issues_credentials: bool = True
    clock: Clock = field(default_factory=Clock)
    truth: Truth = field(default_factory=Truth)
    index: SearchIndex = field(default_factory=SearchIndex)
    faults: FaultPlan = field(default_factory=FaultPlan)
    boot: int = 1
    indexer: Indexer = field(init=False)

    def __post_init__(self) -> None:
        self.indexer = Indexer(self.truth, self.index)

    def close(self) -> None:
        self.truth.close()
        self.index.close()

    def seed(self, profile: str, seed: int = 1) -> None:
        """Start over with `demo` or a generated profile, fully indexed. Raises KeyError for an unknown
        profile.
        """
        if profile == "demo":
            self.load(demo_dataset())
        elif profile == "empty":
            self.load(Dataset())
        else:
            self.load(*generate(PROFILES[profile], seed, self.clock.now()))

    def load(self, dataset: Dataset, reports: Iterable[Report] = ()) -> None:
        self.truth.load(dataset, reports)
        self.indexer.rebuild()

    def account(self, token: str) -> str | None:
        """Whose token it is."""
        return {self.submit_token: SUBMITTER, self.token: READER}.get(token)

    def token_of(self, account: str) -> str:
        return self.token if account == READER else self.submit_token

    def rotate_token(self, account: str = READER) -> str:
        """A new token for the account: the old one is refused from now on."""
        new = secrets.token_hex(20)
        if account == READER:
            self.token = new
        else:
            self.submit_token = new
        return new

    # changes

    def add(self, record: Record) -> None:
        self.truth.put(record)
        self._reindex(record)

    def edit(self, kind: str, key: int, changes: dict[str, Any]) -> Record:
        """A silent edit, as staff make it: no date of update moves. Raises BrokenRecord, ValidationError."""
        old = self.truth.get(RECORDS[kind], key)
        new = type(old).model_validate({**old.model_dump(), **changes})
        self.truth.put(new)
        self._reindex(new)
        return new

    def delete(self, kind: str, key: int) -> None:
        """Remove for good. Rows of the index that name a removed provider or agency stay as they are."""
        record = self.truth.get(RECORDS[kind], key)
        if isinstance(record, Agency):
            for report in self.truth.reports_of(key, "agency"):
                self.delete("report", report)
            for activity in [a.id for a in self.truth.every(Activity) if a.agency == key]:
                self.delete("activity", activity)
        self.truth.delete(record)
        self._reindex(record)

    def _reindex(self, record: Record) -> None:
        if isinstance(record, Report):
            self.indexer.schedule("report", record.id)
            for key in {*record.institutions, *record.platforms}:
                self.indexer.schedule("provider", key)
        elif isinstance(record, Provider):
            self.indexer.schedule(kind_of(record), record.id)
