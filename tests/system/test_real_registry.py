"""Real input: the public DEQAR dataset, read by the mirror over HTTP, carries a decision.

The registry's process was started with the public fixtures and code lists; nothing about these institutions
comes from anywhere else.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import yaml
from house import PUBLIC, PUBLIC_INSTITUTIONS, VECTORS, House, until
from jsonschema import Draft202012Validator
from university import University, public_university

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        not PUBLIC.exists(),
        reason=f"the public DEQAR dataset is not at {PUBLIC}; name its folder in MUTUA_VECTORS",
    ),
]

SCHEMA = VECTORS.parent / "reference" / "decision-record.schema.json"


@pytest.fixture(scope="module")
def issuer(house: House) -> University:
    found = public_university(house, PUBLIC_INSTITUTIONS, 2)
    found.registers()
    return found


@pytest.fixture(scope="module")
def recogniser(house: House) -> University:
    found = public_university(house, PUBLIC_INSTITUTIONS, 3)
    found.has_policy()
    return found


def fixtures(name: str, model: str) -> dict[int, dict[str, Any]]:
    """Rows of a model in a public file, by their primary key."""
    rows = yaml.safe_load((PUBLIC / name).read_text("utf-8"))
    return {row["pk"]: row["fields"] for row in rows if row["model"].lower() == model}


def test_the_mirror_holds_what_the_public_dataset_says(house: House) -> None:
    assert house.value("select count(*) from deqar_sync.pass where state = 'complete'") >= 1
    rows = house.sql("select kind, id, content from recognition.registry_row where not gone")
    mirrored = {(row["kind"], row["id"]): json.loads(row["content"])["facts"] for row in rows}
    for number, id in enumerate(PUBLIC_INSTITUTIONS, 1):
        names = fixtures(f"dataset/institution_demo_{number:02}.yaml", "institutions.institutionname")
        told = {name["name"] for name in mirrored["provider", id]["names"]}
        assert {name["name_official"] for name in names.values()} <= told
    reports = fixtures("dataset/report_demo_01.yaml", "reports.report")
    assert len(reports) > 10
    for key, report in reports.items():
        facts = mirrored["report", str(key)]
        assert facts["valid_from"] == str(report["valid_from"])
        assert facts["providers"] == [f"DEQARINST{one:04}" for one in report["institutions"]]
    countries = fixtures("code-lists/country.yaml", "countries.country").values()
    told = [facts for (kind, _), facts in mirrored.items() if kind == "country"]
    assert {one["code"] for one in told} == {one["iso_3166_alpha2"] for one in countries}
    assert {one["code"] for one in told if one["ehea_member"]} == {
        one["iso_3166_alpha2"] for one in countries if one["ehea_is_member"]
    }


def test_a_report_of_the_public_dataset_carries_a_decision(
    house: House, issuer: University, recogniser: University
) -> None:
    statement = recogniser.trusts(issuer)
    course = issuer.describes(
        f"POL-{uuid4().hex[:8]}", title={"en": "Law of assembly"}, field_of_study=["0421"]
    )
    recogniser.looks_at(course, issuer)
    credential = issuer.issues(course, date_of_issuing="2026-05-04")

    record = recogniser.record(recogniser.settled(credential, "anticipated"))
    content = record["content"]
    assert content["outcome"]["code"] == "RECOGNISED_FULL"
    assert content["request"]["recogniser"] == PUBLIC_INSTITUTIONS[2]
    assert content["request"]["credential"]["awarding_body"] == PUBLIC_INSTITUTIONS[1]
    assert statement in json.dumps(content["trust"])

    reports = fixtures("dataset/report_demo_01.yaml", "reports.report")
    (governing,) = content["coverage"]["reports"]
    report = reports[int(governing)]
    assert 2 in report["institutions"]
    assert report["valid_from"] <= date(2026, 5, 4) <= report["valid_to"]
    until(lambda: decided(house, credential), "the decision on its topic")


def test_a_programme_report_alone_leaves_it_to_a_person(house: House, recogniser: University) -> None:
    """All that the dataset has on this institution speaks of two degree programmes."""
    issuer = public_university(house, PUBLIC_INSTITUTIONS, 1)
    issuer.registers()
    recogniser.trusts(issuer)
    course = issuer.describes(f"VER-{uuid4().hex[:8]}", title={"en": "Budget law"})
    request = recogniser.presented(issuer.issues(course), "in_review")
    content = recogniser.record(request)["content"]
    assert content["deciding_stage"] == "S5"
    assert {one["stage"]: one["result"] for one in content["stages"]}["S5"] == "INCONCLUSIVE"


@pytest.mark.skipif(not SCHEMA.exists(), reason=f"the schema of the decision record is not at {SCHEMA}")
def test_records_follow_the_published_schema(recogniser: University) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    requests = recogniser.person("evaluator").seen("recognition", "/requests")["items"]
    assert {request["current"]["outcome"] for request in requests} == {"RECOGNISED_FULL", "REVIEW_REQUESTED"}
    for request in requests:
        assert [error.message for error in validator.iter_errors(recogniser.record(request))] == []


def decided(house: House, credential: str) -> bool:
    """Whether the decision about a credential is on its topic."""
    events = house.about(credential, "mutua.recognition")
    return any(event["type"] == "eu.mutua.recognition.decided.v1" for event in events)
