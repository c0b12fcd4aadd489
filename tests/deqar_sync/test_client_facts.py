"""From answers to facts: lists and details agree, older shapes parse, drift is named with its place."""

import json
import os
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mutua_contracts.registry import AgencyRef, ProviderFacts, ReportFacts
from mutua_deqar_sync.agency_facts import agency_detail, country_detail
from mutua_deqar_sync.client import REPORTS, DeqarClient, report_path
from mutua_deqar_sync.domain import image_of
from mutua_deqar_sync.errors import ShapeChanged
from mutua_deqar_sync.provider_facts import countries_in, provider_detail, provider_row
from mutua_deqar_sync.report_facts import report_detail, report_row
from mutua_deqar_sync.transport import Fetched
from mutua_local.deqar import Simulator, load_public_dataset
from mutua_local.deqar.model import Activity, ActivityGroup, Hierarchy, Succession

from .conftest import Patience, client_of, in_process

VECTORS = Path(os.environ.get("MUTUA_VECTORS") or Path(__file__).parents[2].parent / "shared" / "vectors")
needs_vectors = pytest.mark.skipif(
    not (VECTORS / "deqar").is_dir(), reason="the public DEQAR vectors are absent (MUTUA_VECTORS)"
)


async def body(answer: Any) -> dict[str, Any]:
    found = await answer
    assert isinstance(found, Fetched)
    return found.body


async def rows(client: DeqarClient) -> dict[int, dict[str, Any]]:
    return {key: row async for page in client.reports() for key, row in page.rows}


@pytest.fixture
async def small(small_registry: Simulator, patience: Patience) -> AsyncIterator[DeqarClient]:
    async with client_of(in_process(small_registry), patience) as client:
        yield client


async def test_a_report(client: DeqarClient) -> None:
    facts = report_detail(await body(client.report(97108)), request_path=report_path(97108))
    assert facts.agency == AgencyRef(id="72", acronym="CCAC")
    assert facts.providers == ("DEQARINST7108",)
    assert (facts.type, facts.status, facts.decision, facts.flag) == (
        "programme",
        "voluntary",
        "positive",
        "none",
    )
    assert (facts.valid_from, facts.valid_to) == (date(2024, 5, 1), date(2027, 4, 30))
    (programme,) = facts.programmes
    assert (programme.type, programme.level, programme.ects) == ("micro-credential", 6, 5)
    assert (programme.degree, programme.assessment) == (False, "assessment")
    assert [(i.resource, i.value, i.agency) for i in programme.identifiers] == [
        ("local identifier", "MC-12-1", "CCAC")
    ]


async def test_rows_and_details_of_reports_agree_but_for_identifiers(small: DeqarClient) -> None:
    listed = await rows(small)
    for key in list(listed)[::50]:
        row = report_row(listed[key], request_path=REPORTS.path)
        detail = report_detail(await body(small.report(key)), request_path=report_path(key))
        assert row.facts is not None
        assert row.facts == _without_identifiers(detail)
        assert row.gaps == ()
        assert row.agency == int(detail.agency.id)
        assert isinstance(row.created, date)
        assert isinstance(row.updated, date)


async def test_a_file_that_the_registry_does_not_have_is_none(
    client: DeqarClient, registry: Simulator
) -> None:
    registry.edit("report", 97101, {"files": [{"id": 1, "display_name": "Later"}]})
    listed = report_row((await rows(client))[97101], request_path=REPORTS.path)
    assert listed.facts is not None
    assert [(f.name, f.url) for f in listed.facts.files] == [("Later", None)]


async def test_of_several_activities_the_kind_is_the_one_that_the_registry_chooses(
    client: DeqarClient, registry: Simulator
) -> None:
    for key, kind in ((7203, 3), (7204, 4)):
        registry.add(ActivityGroup(id=key, activity=f"Kind {kind}", type=kind))
        registry.add(Activity(id=key, agency=72, group=key, activity=f"Kind {kind}"))
    for activities, kind in (
        ([7201, 7202], "programme"),
        ([7201, 7101], "institutional"),
        ([7201, 7204, 7202], "institutional/programme"),
        ([7202, 7204], "programme"),
        ([7204, 7203, 7202], "joint programme"),
    ):
        registry.edit("report", 97102, {"activities": activities})
        found = report_detail(await body(client.report(97102)), request_path="")
        assert found.type == kind, activities


async def test_names_are_as_the_registry_has_them(client: DeqarClient, registry: Simulator) -> None:
    versions = [{"name": "Old Lisvik", "transliteration": "Old  Lisvik "}]
    names = [{"official": " Lisvik\n", "english": "  ", "versions": versions}]
    registry.edit("provider", 7105, {"names": names})
    facts = provider_detail(await body(client.provider(7105)))
    assert [(n.kind, n.name) for n in facts.names] == [
        ("official", " Lisvik\n"),
        ("version", "Old Lisvik"),
        ("transliterated", "Old  Lisvik "),
    ]
    registry.edit("activity_group", 701, {"activity": "Audit\n"})
    agency = agency_detail(await body(client.agency(71)), first_days={})
    assert [activity.name for activity in agency.activities] == ["Audit\n"]


async def test_a_provider(client: DeqarClient, registry: Simulator) -> None:
    location = {"country": 166, "city": "Old Town", "verified": False, "valid_to": "1999-12-31"}
    registry.edit("provider", 7105, {"locations": [{"country": 129, "city": "Lisvik"}, location]})
    detail = await body(client.provider(7105))
    facts = provider_detail(detail)
    assert [(n.kind, n.name) for n in facts.names] == [
        ("official", "Universitetet i Lisvik"),
        ("english", "University of Lisvik"),
        ("acronym", "UiL"),
    ]
    assert {(i.resource, i.value) for i in facts.identifiers} == {
        ("Erasmus", "N  LISVIK01"),
        ("SCHAC", "univ-lisvik.example"),
        ("EU-PIC", "999710505"),
        ("ETER", "NO9105"),
    }
    assert [level.eqf for level in facts.levels] == [6, 7, 8]
    assert [(c.country, c.verified, c.valid_to) for c in facts.countries] == [
        ("NO", True, None),
        ("SE", False, date(2000, 1, 1)),  # the registry's last day is inclusive, ours is not
    ]
    assert {country_detail(c).code for c in countries_in(detail)} == {"NO", "SE"}


async def test_relations_of_a_provider(client: DeqarClient, registry: Simulator) -> None:
    registry.add(Hierarchy(id=1, parent=7101, child=7105, type=7, valid_from=date(2020, 1, 1)))
    registry.add(Hierarchy(id=2, parent=7101, child=7107, type=None))
    registry.add(Succession(id=1, source=7106, target=7101, type=2, date=date(2026, 1, 1)))
    parent = provider_detail(await body(client.provider(7101)))
    child = provider_detail(await body(client.provider(7105)))
    old = provider_detail(await body(client.provider(7106)))
    assert [(r.kind, r.role, r.other) for r in parent.relations] == [
        ("alliance", "child", "DEQARINST7105"),
        ("unspecified", "child", "DEQARINST7107"),
        ("succeeded", "historical", "DEQARINST7106"),
    ]
    assert [(r.kind, r.role, r.other) for r in child.relations] == [("alliance", "parent", "DEQARINST7101")]
    assert [(r.kind, r.other, r.on) for r in old.relations] == [
        ("succeeded by", "DEQARINST7101", date(2026, 1, 1))
    ]


async def test_the_image_of_a_row_changes_with_the_provider_only(
    client: DeqarClient, registry: Simulator
) -> None:
    async def images() -> dict[str, Any]:
        found = [provider_row(row) async for page in client.providers() for _, row in page.rows]
        return {row.deqar_id: image_of(row.listed) for row in found}

    before = await images()
    registry.boot += 1  # reorders unordered sets
    assert await images() == before
    registry.edit("provider", 7105, {"closure_date": "2026-10-01"})
    after = await images()
    assert [key for key in after if after[key] != before[key]] == ["DEQARINST7105"]


async def test_every_answer_of_the_small_registry_parses(small: DeqarClient) -> None:
    first_days = await small.activity_first_days()
    for key in await small.agencies():
        facts = agency_detail(await body(small.agency(key)), first_days=first_days)
        assert facts.activities[0].valid_from == facts.registered_from
    async for page in small.providers():
        for key, row in page.rows:
            assert provider_row(row).id == key
    for country in await small.countries():
        assert country_detail(await body(small.country(country["id"]))).ehea_member


async def test_no_personal_data_is_read(client: DeqarClient, registry: Simulator) -> None:
    contact = {
        "contact_person": "Somebody",
        "emails": ["somebody@aqnh.example"],
        "phones": ["+00 1"],
        "address": "Room 1",
    }
    registry.edit("agency", 71, contact)
    detail = await body(client.agency(71))
    assert detail["contact_person"] == "Somebody"
    facts = agency_detail(detail, first_days={}).model_dump_json()
    assert not any(value in facts for value in ("Somebody", "somebody@", "+00", "Room 1"))


@pytest.mark.parametrize(
    ("path", "value", "pointer", "found", "expected"),
    [
        (("valid_from",), "soon", "/valid_from", "str 'soon'", "a day"),
        (("valid_from",), None, "/valid_from", "nothing", "a day"),
        (("status",), "unheard of", "/status", "str 'unheard of'", "one of part of"),
        (("institutions",), {"id": 1}, "/institutions", "an object", "an array"),
        (("institutions", 0, "id"), "7a", "/institutions/0/id", "str '7a'", "a whole number"),
        (
            ("programmes", 0, "degree_outcome"),
            {"id": 3},
            "/programmes/0/degree_outcome/id",
            "int '3'",
            "1 or 2",
        ),
        (("programmes", 0, "workload_ects"), True, "/programmes/0/workload_ects", "bool", "a whole number"),
    ],
)
async def test_a_changed_shape_is_named_with_its_place(
    client: DeqarClient, path: tuple[str | int, ...], value: Any, pointer: str, found: str, expected: str
) -> None:
    detail = await body(client.report(97108))
    target: Any = detail
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(ShapeChanged) as drift:
        report_detail(detail, request_path="")
    assert (drift.value.subject, drift.value.path) == ("report 97108", pointer)
    assert found in drift.value.found
    assert expected in drift.value.expected


async def test_unknown_members_are_no_drift(client: DeqarClient) -> None:
    detail = await body(client.report(97108))
    assert report_detail({**detail, "novelty": [1]}, request_path="") == report_detail(
        detail, request_path=""
    )


# the shapes of earlier years


def example(number: str) -> Any:
    """An answer from the documentation; where it is cut short, without the marks of that."""
    text = (VECTORS / "deqar" / "api-examples" / f"{number}.json").read_text("utf-8")
    text = re.sub(r",?\s*\(\(\.\.\.\)\)\s*", "", text).replace('"facets": {,', '"facets": {')
    return json.loads(re.sub(r"([{\[]),", r"\1", text))


@needs_vectors
def test_older_reports_parse() -> None:
    institutional = report_detail(example("02")["results"][0], request_path="")
    assert institutional.providers == ("DEQARINST0382",)
    assert institutional.agency == AgencyRef(id="3", acronym="AAQ")
    assert (institutional.type, institutional.valid_to) == ("institutional", date(2024, 9, 30))
    programme = report_detail(example("03")["results"][0], request_path="")
    assert programme.decision == "conditional"
    assert (programme.programmes[0].type, programme.programmes[0].level) == ("full degree", 7)
    assert programme.programmes[0].identifiers[0].agency == "ASIIN"
    voluntary = report_detail(example("05"), request_path="")
    assert (voluntary.status, voluntary.decision, voluntary.valid_to) == ("voluntary", "not applicable", None)


@needs_vectors
def test_an_older_row_has_gaps_that_only_the_detail_fills() -> None:
    row = report_row(example("04")["results"][0], request_path=REPORTS.path)
    assert (row.id, row.facts, row.gaps) == (3929, None, ("agency id", "valid_to"))
    assert (row.created, row.updated) == (date(2018, 9, 24), date(2018, 9, 24))


@needs_vectors
def test_an_older_provider_parses() -> None:
    detail = example("07")
    detail["hierarchical_relationships"]["includes"] = []  # cut short in the documentation
    facts = provider_detail(detail)
    assert isinstance(facts, ProviderFacts)
    assert {"ETER", "Erasmus", "SCHAC", "DID-EBSI"} <= {i.resource for i in facts.identifiers}
    assert next(i.value for i in facts.identifiers if i.resource == "ETER") == "ES0022"
    assert [level.eqf for level in facts.levels] == [6, 7, 8]
    assert facts.countries[0].country == "ES"
    listed = example("01")["results"][0]
    assert provider_row(listed).deqar_id == "DEQARINST0382"


@needs_vectors
async def test_the_public_data_set_reads_as_the_fixtures_say(
    registry: Simulator, client: DeqarClient
) -> None:
    registry.load(load_public_dataset(VECTORS / "deqar"))
    listed = await rows(client)
    assert listed.keys() == set(range(1, 12))
    for key, row in listed.items():
        facts = report_row(row, request_path=REPORTS.path).facts
        detail = report_detail(await body(client.report(key)), request_path=report_path(key))
        assert facts == detail
        assert detail.flag == "none"
    first = report_row(listed[1], request_path=REPORTS.path).facts
    assert first is not None
    assert first.type == "programme"  # activities 1 and 7 stand in groups of type programme
    assert [a.acronym for a in first.contributing_agencies] == ["EKKA"]
    agency = agency_detail(await body(client.agency(2)), first_days=await client.activity_first_days())
    assert (agency.acronym, agency.registered) == ("EKKA", False)


def _without_identifiers(facts: ReportFacts) -> ReportFacts:
    bare = tuple(p.model_copy(update={"identifiers": ()}) for p in facts.programmes)
    return facts.model_copy(update={"programmes": bare})
