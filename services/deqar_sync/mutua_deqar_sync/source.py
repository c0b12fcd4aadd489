"""The registry in the mirror's terms: rows that were seen in lists, and facts of one object from its detail.

What an object's detail comes to is a value: facts, gone, unreadable (the registry fails on it) or drifted
(we cannot read its shape); only the first two say anything about the object.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import assert_never

import orjson

from mutua_contracts.registry import CountryFacts
from mutua_deqar_sync.agency_facts import activities_of, agency_called, agency_detail, country_detail
from mutua_deqar_sync.client import REPORTS, DeqarClient, UnreadableDetail, report_path
from mutua_deqar_sync.domain import Facts, Kind, Seen, image_of, with_acronyms
from mutua_deqar_sync.errors import ShapeChanged
from mutua_deqar_sync.listing import ListPage
from mutua_deqar_sync.provider_facts import ProviderRow, countries_in, provider_detail, provider_row
from mutua_deqar_sync.provider_ids import ProviderIds
from mutua_deqar_sync.report_facts import report_detail as report_facts
from mutua_deqar_sync.report_facts import report_row
from mutua_deqar_sync.shapes import Json, Node
from mutua_deqar_sync.transport import Fetched, Missing


@dataclass(frozen=True, slots=True)
class Read:
    """Facts of an object. `countries` came along, by their id."""

    facts: Facts
    at: datetime
    countries: Mapping[str, CountryFacts] = field(default_factory=dict[str, CountryFacts])


@dataclass(frozen=True, slots=True)
class Gone:
    """The registry says that there is no such object."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """The registry fails on the object: it may well exist."""

    status: int | None


@dataclass(frozen=True, slots=True)
class Drifted:
    """The object has a shape that we do not know."""

    drift: ShapeChanged


Answer = Read | Gone | Unread | Drifted


@dataclass(frozen=True, slots=True)
class SeenPage:
    """Rows of a page. `drifted` are those whose shape is not known, by id: only their detail will do."""

    seen: Sequence[Seen]
    drifted: Mapping[str, ShapeChanged]
    at: datetime


class Source:
    """Reads through a client. `acronyms` are what agencies are called now, `ids` how lists call providers."""

    def __init__(self, client: DeqarClient) -> None:
        self.client = client
        self.acronyms: dict[str, str] = {}
        self.ids = ProviderIds()
        self._called: dict[str, tuple[str, str]] = {}
        self._first_days: dict[int, date | None] = {}

    async def prepare(self) -> None:
        """Read what other answers need to be understood."""
        self._first_days = await self.client.activity_first_days()

    async def agencies(self) -> set[str]:
        """Ids of all agencies that are listed, registered or not. Raises RegistryError."""
        rows = await self.client.agencies()
        self._called = {str(key): called for key, row in rows.items() if (called := agency_called(row))}
        return {str(key) for key in rows}

    async def countries(self) -> set[str]:
        """Ids of the countries that are listed: members of the EHEA. Raises RegistryError."""
        return {_id(row) for row in await self.client.countries()}

    def reports(self, page: ListPage, *, hidden: bool = False) -> SeenPage:
        seen: list[Seen] = []
        drifted: dict[str, ShapeChanged] = {}
        for key, row in page.rows:
            try:
                seen.append(self._report(row, page.at, hidden=hidden))
            except ShapeChanged as drift:
                drifted[str(key)] = drift
                seen.append(Seen("report", str(key), _image_of_drift(row), page.at, hidden=hidden))
        return SeenPage(seen, drifted, page.at)

    def _report(self, row: Json, at: datetime, *, hidden: bool) -> Seen:
        found = report_row(row, request_path=REPORTS.path, mentioned=self.ids.mentioned)
        if found.facts is None:
            return Seen("report", str(found.id), image=f"gaps {found.updated}", at=at, hidden=hidden)
        facts = with_acronyms(found.facts, self.acronyms)
        image = image_of(facts, found.updated)
        return Seen("report", str(found.id), image, at, agency=facts.agency.id, facts=facts, hidden=hidden)

    def providers(self, page: ListPage) -> SeenPage:
        found: dict[int, ProviderRow | ShapeChanged] = {}
        for key, row in page.rows:
            try:
                found[key] = provider_row(row)
            except ShapeChanged as drift:
                found[key] = drift
        stated = {key: row.deqar_id for key, row in found.items() if isinstance(row, ProviderRow)}
        self.ids.learn(stated)
        seen: list[Seen] = []
        drifted: dict[str, ShapeChanged] = {}
        for key, row in page.rows:
            id, read = self.ids.id_of(key), found[key]
            if isinstance(read, ShapeChanged):
                drifted[id] = read
                seen.append(Seen("provider", id, _image_of_drift(row), page.at))
            else:
                seen.append(Seen("provider", id, image_of(read.listed), page.at))
        return SeenPage(seen, drifted, page.at)

    async def detail(self, kind: Kind, id: str) -> Answer:
        """Raises TokenRefused, RequestRefused, Unavailable."""
        answer = await self._ask(kind, id)
        if isinstance(answer, Missing):
            return Gone(answer.at)
        if isinstance(answer, UnreadableDetail):
            return Unread(answer.status)
        try:
            own = self._own(kind, id, answer)
            if kind == "agency":
                await self._know_activities(own)
            return self._facts(kind, id, own, answer.at)
        except ShapeChanged as drift:
            return Drifted(drift)

    async def _ask(self, kind: Kind, id: str) -> Fetched | Missing | UnreadableDetail:
        match kind:
            case "country":
                return await self.client.country(int(id))
            case "agency":
                return await self.client.agency(int(id))
            case "provider":
                number = self.ids.number_of(id)
                if number is None:
                    return Missing(self.client.transport.now())
                return await self.client.provider(number)
            case "report":
                return await self.client.report(int(id))
            case _:
                assert_never(kind)

    def _own(self, kind: Kind, id: str, answer: Fetched) -> Json:
        """The body, if it is of the object that was asked for."""
        body = Node(answer.body, f"{kind} {id}")
        asked = self.ids.number_of(id) if kind == "provider" else int(id)
        if (own := body.get("id")).required_key() != asked:
            raise own.unlike(f"{asked}, which was asked for")
        return body.members()

    async def _know_activities(self, agency: Json) -> None:
        """Groups tell the first day of every activity; of one that was added meanwhile they tell it now."""
        activities = activities_of(agency)
        if not activities <= self._first_days.keys():
            await self.prepare()
        for unknown in sorted(activities - self._first_days.keys()):
            found = f"none with the activity {unknown}"
            raise ShapeChanged(
                subject="activity groups", path="/members", found=found, expected="every activity"
            )

    def _facts(self, kind: Kind, id: str, body: Json, at: datetime) -> Read:
        match kind:
            case "country":
                return Read(country_detail(body), at)
            case "agency":
                agency = agency_detail(body, first_days=self._first_days, called=self._called.get(id))
                self.acronyms[id] = agency.acronym
                return Read(agency, at)
            case "provider":
                return Read(provider_detail(body, self.ids.mentioned), at, _countries_along(body))
            case "report":
                path = report_path(int(id))
                report = report_facts(body, request_path=path, mentioned=self.ids.mentioned)
                return Read(with_acronyms(report, self.acronyms), at)
            case _:
                assert_never(kind)


def _countries_along(provider: Json) -> dict[str, CountryFacts]:
    """Countries that a provider's detail carries. One that we cannot read is named when it is asked for
    itself: it is no trouble of the provider's.
    """
    found: dict[str, CountryFacts] = {}
    for country in countries_in(provider):
        with suppress(ShapeChanged):
            found[_id(country)] = country_detail(country)
    return found


def _image_of_drift(row: Json) -> str:
    try:
        content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # nested deeper than it can be written
        content = b""
    return "drift " + hashlib.sha256(content).hexdigest()


def _id(country: Json) -> str:
    return str(Node(country, "country").get("id").required_key())
