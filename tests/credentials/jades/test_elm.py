"""ELM v3 read into Annex I, and written from it: what is written is read back as the same."""

import copy
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mutua_credentials import annex_i
from mutua_credentials.annex_i import ELEMENTS, MicroCredential, State, elm_writing, oddities
from mutua_credentials.annex_i.elm import read_elm
from mutua_credentials.annex_i.elm_nodes import hours

SNB = "http://data.europa.eu/snb/"
Read = Callable[[dict[str, Any]], annex_i.AnnexI]


@pytest.fixture
def sample(vectors: Path) -> dict[str, Any]:
    sealed = json.loads((vectors / "elm-3" / "Sample-MC-Annex1-signed.jsonld").read_text())
    return json.loads(sealed["payload"])


def spec(body: dict[str, Any]) -> dict[str, Any]:
    return body["credentialSubject"]["hasClaim"]["specifiedBy"]


def test_the_official_sample(sample: dict[str, Any]) -> None:
    found = read_elm(sample)
    absent = {name for name, state in found.states().items() if state is not State.PRESENT}
    assert absent == {"type_of_quality_assurance", "further_information", "component"}
    assert found.learner.value is not None
    assert found.learner.value.given_name == "Ana"
    assert found.learner.value.birth_date is None, "22:00 UTC tells no day"
    assert found.country_of_issuer.source == "/issuer/location/0"
    assert found.awarding_body.source == "/credentialSubject/hasClaim/awardedBy/awardingBody"
    assert found.awarding_body.value is not None
    assert found.awarding_body.value.name == {"en": "University of Zed"}
    assert found.awarding_body.value.identifier("EU-VAT") == "IE654321"
    assert found.workload.value is not None
    assert found.workload.value.model_dump(mode="json") == {"ects": "2", "hours": "60"}
    assert oddities(found) == ()
    assert found.level.value is not None
    assert (found.level.value.eqf, found.level.value.nqf) == (6, "RQF Level 6")
    assert found.type_of_assessment.value == ("artefact",), "known by its label"
    assert found.form_of_participation.value == ("blended",)
    assert found.supervision_and_identity_verification.value == "unsupervised-no-id"
    assert found.field_of_study.value == ("003", "0688")
    assert found.field_of_study.source == "/credentialSubject/hasClaim/specifiedBy/thematicArea"
    assert found.grade.value is not None
    assert found.grade.value.value == "Pass"
    assert found.grade.original["noteLiteral"] == {"en": "Pass"}


def test_what_is_written_is_read_back(content: MicroCredential, credential: dict[str, Any]) -> None:
    found = read_elm(credential)
    for name in ELEMENTS:
        element = found.element(name)
        assert element.state is State.PRESENT, (name, element)
        assert element.value == getattr(content, name), name
        stands = at(credential, element.source)
        if isinstance(stands, dict) and isinstance(element.original, dict):
            stands = {member: stands[member] for member in element.original}
        assert element.original == stands, name


def at(document: Any, source: str) -> Any:
    for part in source.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def test_the_smallest_content_is_written_too(content: MicroCredential, issuer: Any) -> None:
    optional = dict.fromkeys((*annex_i.OPTIONAL, "field_of_study", "component"))
    small = content.model_copy(update=optional)
    written = elm_writing.write(
        small,
        credential_id="urn:x",
        issuer=issuer,
        issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        valid_until=datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert written["expirationDate"] == "2027-01-01T00:00:00Z"
    states = read_elm(written).states()
    assert {name for name, state in states.items() if state is State.ABSENT} == set(optional)


def test_an_eqf_level_counts_on_a_qualification_only(sample: dict[str, Any]) -> None:
    spec(sample)["type"] = "LearningAchievementSpecification"
    level = read_elm(sample).level
    assert level.state is State.UNREADABLE
    assert level.errors[0].code == "not_a_qualification"
    assert level.original["eqfLevel"]["id"] == f"{SNB}eqf/6"


@pytest.mark.parametrize(
    ("members", "state", "value"),
    [
        ({"volumeOfLearning": "P60M"}, "present", {"ects": "2"}),
        ({"volumeOfLearning": "P60M", "creditPoint": None}, "unreadable", "duration_odd"),
        ({"creditPoint": {"point": "5"}, "volumeOfLearning": None}, "unreadable", "credit_framework_unknown"),
        (
            {
                "creditPoint": {
                    "point": "5",
                    "framework": {"id": "urn:x", "prefLabel": {"en": "Semester hours"}},
                }
            },
            "present",
            {"hours": "60"},
        ),
        ({"creditPoint": {"point": 5, "framework": f"{SNB}education-credit/6fcec5c5af"}}, "present", None),
        (
            {"creditPoint": {"point": "five", "framework": f"{SNB}education-credit/6fcec5c5af"}},
            "unreadable",
            None,
        ),
        ({"creditPoint": None, "volumeOfLearning": None}, "absent", None),
    ],
)
def test_workload(sample: dict[str, Any], members: dict[str, Any], state: str, value: Any) -> None:
    spec(sample).update(members)
    found = read_elm(sample).workload
    assert found.state.value == state
    if isinstance(value, dict):
        assert found.value is not None
        assert found.value.model_dump(mode="json", exclude_none=True) == value
    elif isinstance(value, str):
        assert found.errors[0].code == value


def test_credits_received_beat_those_on_offer(sample: dict[str, Any]) -> None:
    received = {"point": "1.5", "framework": {"id": f"{SNB}education-credit/6fcec5c5af"}}
    sample["credentialSubject"]["hasClaim"]["creditReceived"] = received
    found = read_elm(sample)
    assert found.workload.value is not None
    assert found.workload.value.model_dump(mode="json")["ects"] == "1.5"
    assert [oddity.code for oddity in oddities(found)] == ["hours_per_ects_odd"]


def test_durations() -> None:
    assert str(hours("PT60H")) == "60.00"
    assert str(hours("PT1H30M")) == "1.50"
    assert str(hours("PT90M")) == "1.50"
    for none in (
        "P60M",
        "P1M",
        "PT",
        "P",
        "P2W",
        "P3D",
        "PT0H",
        "",
        None,
        60,
        "PT1H1H",
        "-PT1H",
        "PT\u0661H",
    ):
        assert hours(none) is None, none


def test_the_sealing_issuer_is_never_the_awarding_body(sample: dict[str, Any]) -> None:
    del sample["credentialSubject"]["hasClaim"]["awardedBy"]
    assert read_elm(sample).awarding_body.state is State.ABSENT


def test_unknown_codes_are_unreadable(sample: dict[str, Any]) -> None:
    spec(sample)["mode"] = [{"id": f"{SNB}learning-assessment/ffffffffff", "prefLabel": {"en": "Online"}}]
    spec(sample)["thematicArea"] = {"id": f"{SNB}isced-f/7777"}
    spec(sample)["eqfLevel"] = [{"id": f"{SNB}eqf/6"}, {"id": f"{SNB}eqf/7"}]
    found = read_elm(sample)
    assert found.form_of_participation.errors[0].code == "unknown_code"
    assert found.field_of_study.errors[0].code == "unknown_code"
    assert found.level.errors[0].code == "contradiction"


def test_local_concepts_are_known_by_their_label(sample: dict[str, Any]) -> None:
    label = {"id": "urn:epass:concept:1", "prefLabel": {"en": "Supervised online with ID Verification"}}
    sample["credentialSubject"]["hasClaim"]["provenBy"]["idVerification"] = label
    assert read_elm(sample).supervision_and_identity_verification.value == "supervised-online-with-id"


def test_texts_without_a_language_and_in_capitals(sample: dict[str, Any]) -> None:
    claim = sample["credentialSubject"]["hasClaim"]
    for written, read in (
        ("Plain", {"und": "Plain"}),
        ({"EN": "Loud"}, {"en": "Loud"}),
        ({"@none": "Bare", "pt-BR": "Nu"}, {"und": "Bare", "pt-BR": "Nu"}),
        ({"en": ["One", "Two"]}, {"en": "One\nTwo"}),
    ):
        claim["title"] = written
        assert read_elm(sample).title.value == read


def test_quality_assurance(sample: dict[str, Any]) -> None:
    kind = {"id": f"{SNB}accreditation/820101cba6"}
    accreditation = {"dcType": kind, "report": {"contentURL": "https://a.example/1"}}
    body = sample["credentialSubject"]["hasClaim"]["awardedBy"]["awardingBody"]
    evidence = {"dcType": {"id": f"{SNB}evidence-type/c_991b06c6"}}

    def read() -> Any:
        return read_elm(sample).type_of_quality_assurance

    sample["evidence"] = [sample["evidence"], evidence]
    assert read().errors[0].code == "accreditation_missing"
    sample["evidence"][1]["accreditation"] = accreditation
    assert [(one.type, one.report) for one in read().value] == [
        ("programme-quality-assurance", "https://a.example/1")
    ]
    assert read().source == "/evidence/1/accreditation"
    spec(sample)["accreditation"] = [accreditation]
    body["accreditation"] = {"dcType": {"id": f"{SNB}accreditation/bb4618238e"}}
    assert [one.type for one in read().value] == [
        "programme-quality-assurance",
        "institutional-quality-assurance",
        "programme-quality-assurance",
    ]
    body["accreditation"] = {"title": {"en": "of no kind"}}
    assert read().errors[0].code == "missing"


def test_stackability(sample: dict[str, Any]) -> None:
    assert read_elm(sample).stackability.value.option == "standalone"
    spec(sample)["isPartialQualification"] = "yes"
    assert read_elm(sample).stackability.errors[0].code == "not_boolean"
    spec(sample)["entitlesTo"] = [{"specifiedBy": {"title": {"en": "Bachelor"}}}]
    assert read_elm(sample).stackability.value.towards == {"en": "Bachelor"}


def test_arrays_and_single_values_are_alike(sample: dict[str, Any]) -> None:
    def listed(value: Any) -> Any:
        if isinstance(value, dict):
            named = ("id", "prefLabel", "noteLiteral", "title", "legalName", "givenName", "familyName")
            return {
                name: member if name in named else [listed(member)]
                for name, member in value.items()
                if not isinstance(member, list)
            } | {
                name: [listed(item) for item in member]
                for name, member in value.items()
                if isinstance(member, list)
            }
        return value

    plain, arrays = read_elm(sample), read_elm(listed(copy.deepcopy(sample)))
    for name in ("title", "learning_outcomes", "workload", "level", "grade", "field_of_study"):
        assert arrays.element(name).value == plain.element(name).value, name


@pytest.mark.parametrize(
    "junk", [None, 7, "text", [], {}, [[]], [None], {"id": 7}, {"en": 7}, [{"id": []}], True]
)
def test_junk_anywhere_is_answered(sample: dict[str, Any], junk: Any) -> None:
    """Whatever stands in a member, every element has a state, and nothing is raised."""
    found: list[tuple[Any, Any]] = []

    def places(value: Any) -> None:
        if isinstance(value, dict):
            for name, member in value.items():
                found.append((value, name))
                places(member)
        elif isinstance(value, list):
            for index, member in enumerate(value):
                found.append((value, index))
                places(member)

    del sample["displayParameter"]
    places(sample)
    for container, name in found[len(str(junk)) % 4 :: 4]:
        kept = container[name]
        container[name] = junk
        read_elm(sample).model_dump_json()
        container[name] = kept


def test_a_flood_of_parts_costs_little(sample: dict[str, Any]) -> None:
    begun = time.process_time()
    spec(sample)["learningOutcome"] = [{}] * 300_000
    spec(sample)["thematicArea"] = ["x"] * 300_000
    sample["credentialSubject"]["hasClaim"]["title"] = {f"x{number}": 7 for number in range(300_000)}
    found = read_elm(sample)
    for element in (found.learning_outcomes, found.field_of_study, found.title):
        assert element.state is State.UNREADABLE
        assert len(element.errors) <= 1_000
    assert time.process_time() - begun < 5


def test_a_flood_of_claims_costs_little() -> None:
    flood = {"title": {f"x{number}": 7 for number in range(300_000)}}
    found = annex_i.normalise(flood).title
    assert (found.state, [error.code for error in found.errors]) == (State.UNREADABLE, ["too_many"])
