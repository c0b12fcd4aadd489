"""DEQAR as an adapter: what this service mirrors, in the terms that all registries share.

It tells quality, and has nothing of what makes mirroring easy: no list of changes or removals, no
"unchanged", no history, no signatures. Every record is read from its detail, which decides; the mirror of
this service uses the same client and the same readers of shapes with more knowledge than the port asks for
(increments, withheld rows, merges, details only where they are due).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final, cast, get_args

from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.errors import RegistryError
from mutua_deqar_sync.listing import Reading as ListReading
from mutua_deqar_sync.registries.port import (
    Absent,
    Answer,
    Capabilities,
    CouldNotTell,
    Ending,
    Found,
    Page,
    Partition,
    Record,
    Verdict,
    lacking,
)
from mutua_deqar_sync.source import Drifted, Gone, Read, Source, Unread

_COUNTRIES: Final = Partition("countries")
_AGENCIES: Final = Partition("agencies")
_PROVIDERS: Final = Partition("providers")
_WITHHELD: Final = Partition("withheld reports")
_REPORTS: Final = "reports of agency "
_HIGH_FLAG: Final = "high level"


@dataclass(slots=True)
class DeqarRegistry:
    """Over the client and the readers of the mirror."""

    source: Source
    name: str = "deqar"
    capabilities: Capabilities = field(default=Capabilities(tells=frozenset({"quality", "identity"})))

    async def partitions(self) -> Sequence[Partition] | CouldNotTell:
        """Reports by agency: the list of agencies is asked for, never remembered."""
        try:
            await self.source.prepare()
            agencies = await self.source.agencies()
        except RegistryError as error:
            return _untold(error)
        reports = [Partition(f"{_REPORTS}{key}") for key in sorted(agencies, key=int)]
        return [_COUNTRIES, _AGENCIES, _PROVIDERS, *reports, _WITHHELD]

    def read(self, partition: Partition, _validator: str | None = None, /) -> "DeqarReading":
        return DeqarReading(self, partition)

    async def look_up(self, kind: str, id: str, /) -> Answer:
        """The detail. A record on which the registry fails may well exist: that is no absence."""
        if kind not in get_args(Kind):
            return lacking(self.name, f"records of the kind {kind}")
        try:
            answer = await self.source.detail(cast("Kind", kind), id)
        except RegistryError as error:
            return _untold(error)
        match answer:
            case Read(facts=facts, at=at):
                return Found(Record(kind, id, facts.model_dump(mode="json"), at))
            case Gone(at=at):
                return Absent(at)
            case Unread(status=status):
                found = f"status {status} for {kind} {id}"
                return CouldNotTell("registry.unreadable", found, "the record, or that there is none")
            case Drifted(drift=drift):
                return _untold(drift)

    async def history(self, _kind: str, _id: str, /) -> Sequence[Record] | Absent | CouldNotTell:
        return lacking(self.name, "history")

    def listing(self, partition: Partition) -> ListReading:
        client = self.source.client
        if partition == _PROVIDERS:
            return client.providers()
        if partition == _WITHHELD:
            return client.reports(flag=_HIGH_FLAG)
        return client.reports(int(partition.name.removeprefix(_REPORTS)))


class DeqarReading(Ending):
    """Ids first, from a list or from a proven pass over a search-backed list; then every detail."""

    def __init__(self, registry: DeqarRegistry, partition: Partition) -> None:
        self._registry = registry
        self._partition = partition

    async def __aiter__(self) -> AsyncIterator[Page]:
        try:
            kind, ids, doubt = await self._ids()
        except RegistryError as error:
            self._verdict = Verdict(complete=False, doubt=_untold(error))
            return
        for id in ids:
            answer = await self._registry.look_up(kind, id)
            match answer:
                case Found(record=record):
                    yield Page([record])
                case CouldNotTell():
                    yield Page([], {(kind, id): answer})
                case Absent():
                    pass  # listed by an index that lags behind
        self._verdict = Verdict(complete=doubt is None, doubt=doubt)

    async def _ids(self) -> tuple[Kind, list[str], CouldNotTell | None]:
        source = self._registry.source
        if self._partition == _COUNTRIES:
            return "country", sorted(await source.countries(), key=int), None
        if self._partition == _AGENCIES:
            return "agency", sorted(await source.agencies(), key=int), None
        reading = self._registry.listing(self._partition)
        async for page in reading:
            if self._partition == _PROVIDERS:
                source.providers(page)  # learns what the list calls them
        verdict = reading.verdict
        doubt = None
        if not verdict.complete:
            found = f"a list that is {verdict.doubt or 'in doubt'}: {self._partition.name}"
            doubt = CouldNotTell("registry.moving", found, "two equal sweeps, or all rows in one request")
        elif verdict.unreadable:
            found = f"{len(verdict.unreadable)} rows that it cannot deliver: {self._partition.name}"
            doubt = CouldNotTell("registry.unreadable", found, "every row")
        if self._partition == _PROVIDERS:
            return "provider", [source.ids.id_of(key) for key in sorted(verdict.ids)], doubt
        return "report", [str(key) for key in sorted(verdict.ids)], doubt


def _untold(error: RegistryError) -> CouldNotTell:
    return CouldNotTell(error.code, error.found, error.expected)
