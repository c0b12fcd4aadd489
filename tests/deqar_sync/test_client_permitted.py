"""What the registry's own models permit becomes facts, also where no well-kept row looks so; only what
nobody can know is drift, and it stays with the row that it belongs to.
"""

import copy
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from mutua_contracts.registry import AgencyFacts, AgencyRef, ProviderFacts, ReportFacts
from mutua_deqar_sync.agency_facts import country_detail
from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.errors import ShapeChanged
from mutua_deqar_sync.listing import ListPage
from mutua_deqar_sync.provider_facts import provider_detail, provider_row
from mutua_deqar_sync.provider_ids import ProviderIds
from mutua_deqar_sync.report_facts import report_detail, report_row
from mutua_deqar_sync.source import Drifted, Gone, Read, Source, Unread
from mutua_deqar_sync.transport import Fetched
from mutua_local.deqar import Simulator, create_app
from mutua_local.deqar.model import Activity, Hierarchy, Succession

from .conftest import TODAY, Patience, client_of, in_process


@pytest.fixture
async def source(registry: Simulator, patience: Patience) -> AsyncIterator[Source]:
    async with client_of(in_process(registry), patience) as client:
        yield Source(client)


async def listed(client: DeqarClient, source: Source) -> dict[str, Any]:
    """Images of providers by the ids that the lists give them."""
    found: dict[str, Any] = {}
    async for page in client.providers():
        seen = source.providers(page)
        assert seen.drifted == {}
        found |= {row.id: row.image for row in seen.seen}
    return found


async def facts(source: Source, kind: Any, id: str) -> Any:
    answer = await source.detail(kind, id)
    assert isinstance(answer, Read), answer
    return answer.facts


# ids of providers


async def test_a_provider_is_known_by_the_id_that_the_registry_states(
    registry: Simulator, source: Source
) -> None:
    """Ids of the public fixtures: `DEQARINSTAP0010` for number 10, `DEQARINST4711` for number 33."""
    registry.add(Hierarchy(id=1, parent=7101, child=7108, type=6))
    registry.add(Succession(id=1, source=7106, target=7105, type=2, date=date(2026, 1, 1)))
    for key, id in ((7105, "DEQARINST4711"), (7106, "7106"), (7108, "DEQARINSTAP7108")):
        registry.edit("provider", key, {"deqar_id": id})
    known = await listed(source.client, source)
    assert known.keys() >= {"DEQARINST4711", "7106", "DEQARINSTAP7108", "DEQARINST7101"}
    assert not known.keys() & {"DEQARINST7105", "DEQARINST7106", "DEQARINST7108"}
    alliance: ProviderFacts = await facts(source, "provider", "DEQARINST7101")
    assert [r.other for r in alliance.relations] == ["DEQARINSTAP7108"]
    successor: ProviderFacts = await facts(source, "provider", "DEQARINST4711")
    assert ("english", "University of Lisvik") in {(n.kind, n.name) for n in successor.names}
    assert [r.other for r in successor.relations] == ["7106"]
    report: ReportFacts = await facts(source, "report", "97108")
    assert report.providers == ("DEQARINSTAP7108",)


async def test_ids_that_are_not_listed_tell_their_number(registry: Simulator, source: Source) -> None:
    registry.edit("provider", 7108, {"deqar_id": "DEQARINSTAP7108"})
    assert isinstance(await source.detail("provider", "DEQARINSTAP7108"), Read)
    assert isinstance(await source.detail("provider", "DEQARINST9999"), Gone)
    assert isinstance(await source.detail("provider", "nothing at all"), Gone)


async def test_a_number_is_one_provider_only(registry: Simulator, source: Source) -> None:
    """Looking for gaps must not find again, under another id, what is listed under its own."""
    registry.edit("provider", 7105, {"deqar_id": "DEQARINST4711"})
    await listed(source.client, source)
    requests = source.client.transport.traffic.requests
    assert isinstance(await source.detail("provider", "DEQARINST7105"), Gone)
    assert source.client.transport.traffic.requests == requests


async def test_the_providers_own_list_knows_better_than_a_mention(
    registry: Simulator, source: Source
) -> None:
    """A report's row may be years old, and what it mentions with it."""
    await listed(source.client, source)
    registry.edit("provider", 7108, {"deqar_id": "surprise"})
    assert (await facts(source, "report", "97108")).providers == ("DEQARINST7108",)
    await listed(source.client, source)
    assert (await facts(source, "report", "97108")).providers == ("surprise",)


def test_one_id_is_given_to_one_number() -> None:
    ids = ProviderIds()
    ids.learn({33: "DEQARINST0044", 44: "DEQARINST0044", 5: "X", 6: "X"})
    assert [ids.id_of(n) for n in (33, 44, 5, 6)] == [
        "DEQARINST0033",
        "DEQARINST0044",
        "X",
        "DEQARINST0006",
    ]
    ids.learn({7: "Y"})
    ids.learn({7: "Z", 8: "Y"})  # an id that was given up may be taken
    assert [ids.number_of(id) for id in ("Y", "Z", "X", "DEQARINST0033")] == [8, 7, 5, 33]
    ids.learn({9: "DEQARINST0010"})
    ids.learn({10: "DEQARINST0010"})
    assert (ids.id_of(9), ids.number_of("DEQARINST0010")) == ("DEQARINST0009", 10)
    ids.learn({9: "DEQARINST0010"})
    assert (ids.id_of(9), ids.number_of("DEQARINST0010")) == ("DEQARINST0009", 10)
    ids.learn({11: "X"})  # number 5 had it, and may be gone
    assert (ids.number_of("X"), ids.id_of(5)) == (11, "DEQARINST0005")


@pytest.mark.parametrize("stated", [7, "two words", "x" * 26, "a\x00b"])
async def test_what_cannot_be_an_id_is_drift(client: DeqarClient, source: Source, stated: Any) -> None:
    pages = [page async for page in client.providers()]
    key, row = pages[0].rows[0]
    seen = source.providers(ListPage([(key, {**row, "deqar_id": stated})], TODAY))
    assert [drift.path for drift in seen.drifted.values()] == ["/deqar_id"]
    assert seen.drifted.keys() == {row.id for row in seen.seen}


# what a detail is believed


@pytest.mark.parametrize(
    ("kind", "id", "other"),
    [
        ("report", "97101", 97102),
        ("agency", "71", 72),
        ("country", "64", 60),
        ("provider", "DEQARINST7105", 7106),
    ],
)
async def test_the_detail_of_another_object_is_drift(
    registry: Simulator, patience: Patience, kind: Any, id: str, other: int
) -> None:
    """A cache or a gateway mixed something up: nothing of it may be believed."""

    async def mixed_up(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().replace(id.removeprefix("DEQARINST"), str(other))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(registry)), base_url="http://registry.example"
        ) as inner:
            return await inner.get(path, headers=request.headers)

    http = httpx.AsyncClient(transport=httpx.MockTransport(mixed_up), base_url="http://registry.example")
    async with client_of(http, patience) as client:
        answer = await Source(client).detail(kind, id)
    assert isinstance(answer, Drifted)
    assert (answer.drift.path, answer.drift.value) == ("/id", f"int '{other}'")


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    """A copy in which the member at the path is cut off."""
    found = copy.deepcopy(value)
    target = found
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    return found


@pytest.mark.parametrize(
    ("kind", "id", "path"),
    [
        ("report", "97108", ("valid_to",)),
        ("report", "97108", ("programmes",)),
        ("report", "97108", ("programmes", 0, "programme_identifiers")),
        ("report", "97108", ("programmes", 0, "workload_ects")),
        ("report", "97108", ("report_files",)),
        ("provider", "DEQARINST7105", ("closure_date",)),
        ("provider", "DEQARINST7105", ("historical_relationships",)),
        ("provider", "DEQARINST7105", ("hierarchical_relationships", "part_of")),
        ("provider", "DEQARINST7105", ("countries", 0, "country_valid_to")),
        ("agency", "71", ("registration_valid_to",)),
        ("agency", "71", ("decisions",)),
        ("country", "138", ("qa_requirements", 0, "requirement_valid_to")),
    ],
)
async def test_a_member_that_was_cut_off_is_no_fact_that_has_ended(
    source: Source, kind: Any, id: str, path: tuple[str | int, ...]
) -> None:
    asked = getattr(source.client, kind)
    found = await asked(int(id.removeprefix("DEQARINST")))

    async def cut(_: int) -> Fetched:
        return Fetched(_without(found.body, path), found.at)

    setattr(source.client, kind, cut)
    answer = await source.detail(kind, id)
    assert isinstance(answer, Drifted)
    assert answer.drift.path == "/" + "/".join(str(step) for step in path)
    assert answer.drift.value == "nothing"


async def test_an_answer_that_is_hardly_there_is_no_provider(patience: Patience) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": int(request.url.path.rpartition("/")[2])})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://registry.example")
    async with client_of(http, patience) as client:
        answer_of_one = await Source(client).detail("provider", "DEQARINST0007")
    assert isinstance(answer_of_one, Drifted)
    assert answer_of_one.drift.path == "/names"


async def test_no_activity_loses_its_first_day(registry: Simulator, source: Source) -> None:
    await source.prepare()
    registry.add(Activity(id=11, agency=71, group=701, activity="New", valid_from=date(2026, 11, 1)))
    agency: AgencyFacts = await facts(source, "agency", "71")
    assert {a.id: a.valid_from for a in agency.activities}["11"] == date(2026, 11, 1)

    async def nothing() -> dict[int, date | None]:
        return {}

    source.client.activity_first_days = nothing
    await source.prepare()
    answer = await source.detail("agency", "71")
    assert isinstance(answer, Drifted)
    assert answer.drift.value == "none with the activity 11"


async def test_a_detail_that_is_for_ever_cut_is_one_unreadable_row(
    registry: Simulator, patience: Patience
) -> None:
    def cut(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, content=b'{"id": 1')

    http = httpx.AsyncClient(transport=httpx.MockTransport(cut), base_url="http://registry.example")
    async with client_of(http, patience) as client:
        assert isinstance(await Source(client).detail("report", "1"), Unread)


async def test_a_country_that_cannot_be_read_is_no_trouble_of_its_providers(
    client: DeqarClient, source: Source, registry: Simulator
) -> None:
    found = await client.provider(7105)
    assert isinstance(found, Fetched)
    found.body["countries"][0]["country"]["qa_requirements"] = [{"qa_requirement_type": "unheard of"}]

    async def patched(_: int) -> Fetched:
        return found

    source.client.provider = patched  # pyright: ignore[reportAttributeAccessIssue]
    answer = await source.detail("provider", "DEQARINST7105")
    assert isinstance(answer, Read)
    assert answer.countries == {}
    assert isinstance(answer.facts, ProviderFacts)
    assert [place.country for place in answer.facts.countries] == ["NO"]


# values that are empty, missing or odd


async def test_a_report_that_names_hardly_anything(registry: Simulator, source: Source) -> None:
    programme = {
        "id": 1,
        "name_primary": "",
        "names": [
            {"name": None, "qualification": None},
            {"name": "  Another name"},
            {"name": "Ünïcode 数学 " + "x" * 240, "is_primary": True},
        ],
        "identifiers": [
            {"identifier": "", "agency": 72},
            {"identifier": "MC 1", "agency": 72, "resource": ""},
        ],
        "workload_ects": -5,
        "degree_outcome": 2,
    }
    registry.edit(
        "report",
        97108,
        {
            "institutions": [],
            "activities": [],
            "local_identifier": None,
            "valid_from": "1899-12-31",
            "valid_to": "9999-12-31",
            "other_comment": None,
            "programmes": [programme],
            "files": [{"id": 1, "display_name": "", "languages": ["", "English"]}],
        },
    )
    found: ReportFacts = await facts(source, "report", "97108")
    assert (found.type, found.providers, found.local_identifier) == ("unknown", (), None)
    assert (found.valid_from, found.valid_to) == (date(1899, 12, 31), date(9999, 12, 31))
    (read,) = found.programmes
    assert read.names == ("Ünïcode 数学 " + "x" * 240, "  Another name")
    assert [(i.resource, i.value, i.agency) for i in read.identifiers] == [
        ("local identifier", "MC 1", "CCAC")
    ]
    assert (read.level, read.ects, read.type, read.assessment) == (None, -5, "micro-credential", None)
    assert [(f.name, f.url, f.languages) for f in found.files] == [("", None, ("English",))]
    rows = {key: row async for page in source.client.reports() for key, row in page.rows}
    listed = report_row(rows[97108], request_path="/webapi/v2/browse/reports/").facts
    assert listed is not None
    assert listed.model_copy(update={"programmes": ()}) == found.model_copy(update={"programmes": ()})


async def test_a_provider_that_names_hardly_anything(registry: Simulator, source: Source) -> None:
    empty = {
        "eter_id": "",
        "names": [{"official": ""}],
        "identifiers": [
            {"identifier": "", "resource": "SCHAC"},
            {"identifier": "1", "resource": None, "agency": None},
            {"identifier": "2", "resource": None, "agency": 71},
        ],
        "locations": [{"country": 129, "city": None, "valid_from": "0099-01-01", "valid_to": "9999-12-31"}],
        "levels": [],
        "founding_date": "1088-01-01",
        "closure_date": "9999-12-31",
    }
    registry.edit("provider", 7105, empty)
    found: ProviderFacts = await facts(source, "provider", "DEQARINST7105")
    assert (found.names, found.levels) == ((), ())
    assert [(i.resource, i.value) for i in found.identifiers] == [("", "1"), ("local identifier", "2")]
    assert (found.founded, found.closed) == (date(1088, 1, 1), date(9999, 12, 31))
    assert [(c.valid_from, c.valid_to) for c in found.countries] == [(date(99, 1, 1), None)]
    registry.edit("provider", 7105, {"locations": [], "founding_date": None, "closure_date": None})
    assert (await facts(source, "provider", "DEQARINST7105")).countries == ()
    await listed(source.client, source)


async def test_an_agency_without_names_and_registration(registry: Simulator, source: Source) -> None:
    bare = {"names": [], "registration_start": None, "registration_valid_to": None, "decisions": []}
    registry.edit("agency", 71, bare)
    registry.edit("provider", 7105, {"identifiers": [{"identifier": "L1", "resource": None, "agency": 71}]})
    await source.agencies()
    found: AgencyFacts = await facts(source, "agency", "71")
    assert (found.acronym, found.name, found.registered_from) == ("", "", None)
    report: ReportFacts = await facts(source, "report", "97101")
    assert report.agency == AgencyRef(id="71", acronym="AQNH")  # the report's own mention still has it
    registry.edit("agency", 71, {"acronym_primary": ""})
    provider: ProviderFacts = await facts(source, "provider", "DEQARINST7105")
    assert [i.agency for i in provider.identifiers if i.value == "L1"] == [None]


async def test_a_requirement_of_no_kind_says_nothing(client: DeqarClient) -> None:
    found = await client.country(64)
    assert isinstance(found, Fetched)
    requirement = found.body["qa_requirements"][0]
    body = {**found.body, "qa_requirements": [{**requirement, "qa_requirement_type": ""}]}
    assert country_detail(body).qa_requirements == ()
    body = {**found.body, "qa_requirements": [{**requirement, "qa_requirement_type": None}]}
    with pytest.raises(ShapeChanged, match="/qa_requirements/0/qa_requirement_type"):
        country_detail(body)


async def test_levels_beyond_the_cycles_are_not_known(client: DeqarClient) -> None:
    found = await client.provider(7105)
    assert isinstance(found, Fetched)
    found.body["qf_ehea_levels"][0]["qf_ehea_level"] = "other"
    assert [level.eqf for level in provider_detail(found.body).levels] == [7, 8]


async def test_days_that_the_registry_forgot_to_convert(client: DeqarClient) -> None:
    """Seconds of a midnight by the server's own clock, in the rows of Connect; nowhere else is a number a
    day.
    """
    (page,) = [page async for page in client.providers()]
    row = dict(page.rows[0][1])
    relation = {"institution": {"id": 7105}, "relationship_type": None, "valid_to": None}
    for seconds in (1262304000, 1262304000 - 7200, 1262304000 + 5 * 3600):
        row["includes"] = [{**relation, "valid_from": seconds}]
        assert [r.valid_from for r in provider_row(row).listed.relations] == [date(2010, 1, 1)]
    found = await client.report(97101)
    assert isinstance(found, Fetched)
    with pytest.raises(ShapeChanged, match="a day as YYYY-MM-DD"):
        report_detail({**found.body, "valid_from": 5}, request_path="")
    provider = await client.provider(7105)
    assert isinstance(provider, Fetched)
    provider.body["hierarchical_relationships"]["part_of"] = [{**relation, "valid_from": 0}]
    with pytest.raises(ShapeChanged, match="/part_of/0/valid_from"):
        provider_detail(provider.body)


async def test_a_file_that_is_not_there_behind_a_path_of_the_registrys_own(client: DeqarClient) -> None:
    (page,) = [page async for page in client.reports(71)]
    row = page.rows[0][1]
    path = "/webapi/v2/browse/reports/"
    for url, known in (
        (f"https://h.example/deqar{path}?limit=5", None),
        ("https://h.example/reports/a.pdf", "https://h.example/reports/a.pdf"),
        ("http://[broken", "http://[broken"),
    ):
        row["report_files"] = [{"file_display_name": "A", "file": url, "languages": []}]
        found = report_row(row, request_path=path).facts
        assert found is not None
        assert [file.url for file in found.files] == [known]


@pytest.mark.parametrize(
    ("member", "value"), [("agency_id", 0), ("agency_id", -5), ("agency_id", 2**63), ("agency_id", 2**31)]
)
async def test_what_cannot_be_the_id_of_a_row_is_drift(client: DeqarClient, member: str, value: int) -> None:
    found = await client.report(97101)
    assert isinstance(found, Fetched)
    with pytest.raises(ShapeChanged, match=f"/{member}"):
        report_detail({**found.body, member: value}, request_path="")


async def test_a_row_that_is_nested_too_deeply_is_drift(client: DeqarClient, source: Source) -> None:
    (page,) = [page async for page in client.reports(71)]
    key, row = page.rows[0]
    deep: Any = []
    for _ in range(600):
        deep = [deep]
    seen = source.reports(ListPage([(key, {**row, "status": deep})], TODAY))
    assert seen.drifted.keys() == {str(key)}
