"""The registry as it was known at one moment: a read-only view that the rule asks, and one built from dicts.

A view hides nothing: rows that are gone or withheld are returned as such, because the rule has to tell them
from rows that never were. Everything that the rule reads goes through a `Recorder`, which is how an answer
knows what it rests on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from mutua_contracts.registry import (
    AgencyChanged,
    AgencyFacts,
    CountryChanged,
    CountryFacts,
    ProviderChanged,
    ProviderFacts,
    ReportChanged,
    ReportFacts,
)

Change = ProviderChanged | ReportChanged | AgencyChanged | CountryChanged
Facts = TypeVar("Facts", ProviderFacts, ReportFacts, AgencyFacts, CountryFacts)


@dataclass(frozen=True, slots=True)
class Row(Generic[Facts]):
    """One object of the registry: its last known facts and what became of it."""

    id: str
    facts: Facts
    gone: bool = False
    """The registry no longer has it."""
    withheld: bool = False
    """The registry hides it (high flag), whatever the flag in the last known facts says."""
    listed_at: datetime | None = None
    detailed_at: datetime | None = None


class Snapshot(Protocol):
    """What the rule asks. Implementations do no I/O: whatever a question may need is loaded before."""

    @property
    def id(self) -> str:
        """Id of the snapshot."""
        ...

    @property
    def as_of(self) -> datetime:
        """Facts are at least this fresh."""
        ...

    def provider(self, provider: str) -> Row[ProviderFacts] | None:
        """By DEQARINST id."""
        ...

    def providers_identified(self, scheme: str, value: str) -> tuple[Row[ProviderFacts], ...]:
        """All providers that bear or bore the identifier, in any scheme where it is empty; compare by
        `identifier_key`.
        """
        ...

    def reports_naming(self, provider: str) -> tuple[Row[ReportFacts], ...]:
        """All reports that name the provider, as provider or as platform, in any order."""
        ...

    def agency(self, agency: str) -> Row[AgencyFacts] | None:
        """By the registry's id."""
        ...

    def country(self, code: str) -> Row[CountryFacts] | None:
        """By code, e.g. `AT` or `BE-fl`."""
        ...


def identifier_key(scheme: str, value: str) -> tuple[str, str]:
    """Under which identifiers are equal: case and the number of blanks (Erasmus codes) do not matter."""
    return " ".join(scheme.split()).casefold(), " ".join(value.split()).casefold()


def identifier_keys(facts: ProviderFacts) -> set[tuple[str, str]]:
    """Under which the provider is found: each identifier in its scheme, and without one."""
    return {
        identifier_key(scheme, each.value) for each in facts.identifiers for scheme in (each.resource, "")
    }


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Registry ids that an answer rests on, also those asked for in vain: what is new there may change it."""

    providers: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    reports_of: frozenset[str] = frozenset()
    """Providers all of whose reports were asked for."""
    identifiers: frozenset[tuple[str, str]] = frozenset()
    """Identifiers (by `identifier_key`) that providers were searched by."""

    def ids(self) -> tuple[tuple[str, str], ...]:
        """All (kind, registry id), sorted: what to digest as evidence."""
        pairs = [("provider", id) for id in self.providers]
        pairs += [("report", id) for id in self.reports]
        pairs += [("agency", id) for id in self.agencies]
        pairs += [("country", id) for id in self.countries]
        return tuple(sorted(pairs))

    def touched_by(self, change: Change) -> bool:
        """Whether the rule has to be asked again after this change of the registry."""
        match change:
            case ProviderChanged():
                borne = identifier_keys(change.facts)
                return change.id in self.providers or not borne.isdisjoint(self.identifiers)
            case ReportChanged():
                named = {*change.facts.providers, *change.facts.platforms}
                return change.id in self.reports or not named.isdisjoint(self.reports_of)
            case AgencyChanged():
                return change.id in self.agencies
            case CountryChanged():
                return bool({change.id, change.facts.code} & self.countries)


@dataclass(slots=True)
class Recorder:
    """A snapshot that remembers what it was asked. One per question."""

    inner: Snapshot
    _providers: set[str] = field(default_factory=set[str])
    _reports: set[str] = field(default_factory=set[str])
    _agencies: set[str] = field(default_factory=set[str])
    _countries: set[str] = field(default_factory=set[str])
    _reports_of: set[str] = field(default_factory=set[str])
    _identifiers: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    @property
    def id(self) -> str:
        return self.inner.id

    @property
    def as_of(self) -> datetime:
        return self.inner.as_of

    def provider(self, provider: str) -> Row[ProviderFacts] | None:
        self._providers.add(provider)
        return self.inner.provider(provider)

    def providers_identified(self, scheme: str, value: str) -> tuple[Row[ProviderFacts], ...]:
        self._identifiers.add(identifier_key(scheme, value))
        rows = self.inner.providers_identified(scheme, value)
        self._providers.update(row.id for row in rows)
        return rows

    def reports_naming(self, provider: str) -> tuple[Row[ReportFacts], ...]:
        self._reports_of.add(provider)
        rows = self.inner.reports_naming(provider)
        self._reports.update(row.id for row in rows)
        return rows

    def agency(self, agency: str) -> Row[AgencyFacts] | None:
        self._agencies.add(agency)
        return self.inner.agency(agency)

    def country(self, code: str) -> Row[CountryFacts] | None:
        self._countries.add(code)
        return self.inner.country(code)

    def dependencies(self) -> Dependencies:
        """What was asked so far."""
        return Dependencies(
            providers=frozenset(self._providers),
            reports=frozenset(self._reports),
            agencies=frozenset(self._agencies),
            countries=frozenset(self._countries),
            reports_of=frozenset(self._reports_of),
            identifiers=frozenset(self._identifiers),
        )


class MemorySnapshot:
    """A snapshot held in memory, built from dicts `id -> facts` (or `id -> Row` where more is known)."""

    def __init__(
        self,
        id: str,
        as_of: datetime,
        *,
        providers: Mapping[str, ProviderFacts | Row[ProviderFacts]] | None = None,
        reports: Mapping[str, ReportFacts | Row[ReportFacts]] | None = None,
        agencies: Mapping[str, AgencyFacts | Row[AgencyFacts]] | None = None,
        countries: Mapping[str, CountryFacts | Row[CountryFacts]] | None = None,
    ) -> None:
        self.id = id
        self.as_of = as_of
        self._providers = _rows(providers)
        self._agencies = _rows(agencies)
        self._countries = {row.facts.code: row for row in _rows(countries).values()}
        self._identified: dict[tuple[str, str], list[Row[ProviderFacts]]] = defaultdict(list)
        for provider in self._providers.values():
            for key in identifier_keys(provider.facts):
                self._identified[key].append(provider)
        self._naming: dict[str, list[Row[ReportFacts]]] = defaultdict(list)
        for report in _rows(reports).values():
            for named in {*report.facts.providers, *report.facts.platforms}:
                self._naming[named].append(report)

    @classmethod
    def from_changes(cls, id: str, as_of: datetime, changes: Iterable[Change]) -> "MemorySnapshot":
        """Folds the change feed: of each kind and id the highest revision counts, whatever the order."""
        latest: dict[tuple[type[Change], str], Change] = {}
        for change in changes:
            key = (type(change), change.id)
            if key not in latest or latest[key].revision < change.revision:
                latest[key] = change
        providers: dict[str, ProviderFacts | Row[ProviderFacts]] = {}
        reports: dict[str, ReportFacts | Row[ReportFacts]] = {}
        agencies: dict[str, AgencyFacts | Row[AgencyFacts]] = {}
        countries: dict[str, CountryFacts | Row[CountryFacts]] = {}
        for change in latest.values():
            match change:
                case ProviderChanged():
                    providers[change.id] = _row(change, change.facts)
                case ReportChanged():
                    reports[change.id] = _row(change, change.facts)
                case AgencyChanged():
                    agencies[change.id] = _row(change, change.facts)
                case CountryChanged():
                    countries[change.id] = _row(change, change.facts)
        return cls(id, as_of, providers=providers, reports=reports, agencies=agencies, countries=countries)

    def provider(self, provider: str) -> Row[ProviderFacts] | None:
        return self._providers.get(provider)

    def providers_identified(self, scheme: str, value: str) -> tuple[Row[ProviderFacts], ...]:
        return tuple(self._identified.get(identifier_key(scheme, value), ()))

    def reports_naming(self, provider: str) -> tuple[Row[ReportFacts], ...]:
        return tuple(self._naming.get(provider, ()))

    def agency(self, agency: str) -> Row[AgencyFacts] | None:
        return self._agencies.get(agency)

    def country(self, code: str) -> Row[CountryFacts] | None:
        return self._countries.get(code)


def _rows(facts: Mapping[str, Facts | Row[Facts]] | None) -> dict[str, Row[Facts]]:
    return {id: each if isinstance(each, Row) else Row(id, each) for id, each in (facts or {}).items()}


def _row(change: Change, facts: Facts) -> Row[Facts]:
    return Row(change.id, facts, change.gone, change.withheld, change.listed_at, change.detailed_at)
