"""The registry as it was known at one moment: a snapshot, its age, and each row with its digest.

The caller loads whatever rows a question may need; the engine reads from memory only. A projection that has
not passed a completed snapshot says so, and is never taken as "no report".
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from mutua_contracts.registry import AgencyChanged, CountryChanged, ProviderChanged, ReportChanged
from mutua_coverage import Dependencies, MemorySnapshot
from mutua_recognition.domain.canonical import Json, digest
from mutua_recognition.domain.pins import Evidence, Pin
from mutua_recognition.domain.reasons import Source

Change = ProviderChanged | ReportChanged | AgencyChanged | CountryChanged
"""One row: the whole state of its id, as it travels on the registry's topic."""

KINDS: Final[dict[type[Change], str]] = {
    ProviderChanged: "provider",
    ReportChanged: "report",
    AgencyChanged: "agency",
    CountryChanged: "country",
}
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Registry:
    """Rows of the mirror as of one snapshot. `candidates` are providers that bear the body's name."""

    def __init__(
        self,
        pin: Pin,
        as_of: datetime | None,
        changes: Iterable[Change] = (),
        *,
        caught_up: bool = True,
        candidates: tuple[str, ...] = (),
    ) -> None:
        self.pin = pin
        self.as_of = as_of
        self.caught_up = caught_up and as_of is not None
        self.candidates = candidates
        newest: dict[tuple[str, str], Change] = {}
        for change in changes:
            key = (KINDS[type(change)], _asked_by(change))
            if key not in newest or newest[key].revision < change.revision:
                newest[key] = change
        self._rows = newest
        self._digests: dict[tuple[str, str], str] = {}
        self.snapshot = MemorySnapshot.from_changes(pin.version, as_of or _LONG_AGO, newest.values())

    def older_than(self, days: int, now: datetime) -> bool:
        """Whether the snapshot is older than a policy allows; without one it always is."""
        return self.as_of is None or now - self.as_of > timedelta(days=days)

    def source(self, kind: str, id: str) -> Source:
        """Where a fact about this row was read."""
        found = self.evidence(kind, id)
        return Source("registry", f"{kind}/{id}", self.as_of, found.digest if found else None)

    def evidence(self, kind: str, id: str) -> Evidence | None:
        """The row as evidence; None where there is no such row."""
        row = self._rows.get((kind, id))
        if row is None:
            return None
        return Evidence(f"{kind}:{id}", "registry", self.digest(row))

    def digest(self, row: Change) -> str:
        """The digest of one of its rows, worked out once."""
        key = (KINDS[type(row)], _asked_by(row))
        if key not in self._digests:
            self._digests[key] = digest(row_json(row))
        return self._digests[key]

    def rows_around(self, read: Dependencies) -> tuple[Change, ...]:
        """The rows that an answer rests on, and those it would rest on if one of them said otherwise.

        These are the agencies of the reports and the countries of the providers: the rule looks them up only
        where a report is in force. Asked again about its own answer it gives the same rows.
        """
        keys = set(read.ids())
        for row in (self._rows[key] for key in read.ids() if key in self._rows):
            if isinstance(row, ReportChanged):
                keys.add(("agency", row.facts.agency.id))
            elif isinstance(row, ProviderChanged):
                keys |= {("country", place.country) for place in row.facts.countries}
        return tuple(self._rows[key] for key in sorted(keys) if key in self._rows)

    def with_rows(self, changes: Iterable[Change]) -> "Registry":
        """The same moment, with just these rows."""
        return Registry(self.pin, self.as_of, changes, caught_up=self.caught_up, candidates=self.candidates)

    def as_if_read_on(self, day: datetime) -> "Registry":
        """What if these rows had been read just then? For explanations only."""
        return Registry(self.pin, day, self._rows.values(), candidates=self.candidates)

    def with_report_in_force(self, report: str, day: date) -> "Registry":
        """What if this report had been valid on that day? For explanations only."""
        rows = {(KINDS[type(row)], row.id): row for row in self._rows.values()}
        row = rows.get(("report", report))
        if isinstance(row, ReportChanged):
            facts = row.facts
            late = day < facts.valid_from
            stretched = {"valid_from": day} if late else {"valid_to": day}
            rows["report", report] = row.model_copy(update={"facts": facts.model_copy(update=stretched)})
        return self.with_rows(rows.values())


def row_json(row: Change) -> Json:
    """A row as evidence keeps it: without the times at which it was last seen, as every sync changes them."""
    return {"kind": KINDS[type(row)], **row.model_dump(mode="json", exclude={"listed_at", "detailed_at"})}


def read_row(data: Json) -> Change:
    """The row of `row_json`. Raises KeyError or pydantic's ValidationError for anything else."""
    kinds = {name: model for model, name in KINDS.items()}
    return kinds[data["kind"]].model_validate(data)


def _asked_by(change: Change) -> str:
    """What the coverage rule calls it: countries by their code, everything else by the registry's id."""
    return change.facts.code if isinstance(change, CountryChanged) else change.id
