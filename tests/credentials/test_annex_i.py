"""The elements of Annex I: what is wrong with each is said, and four states tell what was not there."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from mutua_credentials import annex_i
from mutua_credentials.annex_i import AnnexI, FieldError, MicroCredential, State

Row = Callable[[], dict[str, Any]]


def test_the_model_has_sixteen_elements_and_two_beside() -> None:
    assert len(annex_i.MANDATORY) == 11
    assert len(annex_i.OPTIONAL) == 5
    assert tuple(MicroCredential.model_fields) == annex_i.ELEMENTS
    assert tuple(AnnexI.model_fields) == annex_i.ELEMENTS
    required = [name for name, field in MicroCredential.model_fields.items() if field.is_required()]
    assert tuple(required) == annex_i.MANDATORY


def test_claims_are_what_was_given(row: Row, content: MicroCredential) -> None:
    assert content.claims() == row()


def test_the_json_schema_names_the_codes_of_short_lists() -> None:
    schema = MicroCredential.model_json_schema()
    assert "blended" in str(schema["properties"]["form_of_participation"])


@pytest.mark.parametrize("name", annex_i.MANDATORY)
def test_a_missing_element_is_named(row: Row, name: str) -> None:
    given = row()
    del given[name]
    assert annex_i.check(given) == (
        FieldError(element=name, path=f"/{name}", code="missing", found="nothing", expected="a value"),
    )


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("/workload/ects", 2.5, "not_a_decimal"),
        ("/workload/ects", "2,5", "not_a_decimal"),
        ("/workload/ects", "1e3", "not_a_decimal"),
        ("/workload/ects", True, "not_a_decimal"),
        ("/workload/ects", "0", "greater_than"),
        ("/workload/ects", "2.555", "decimal_max_places"),
        ("/workload", {}, "missing"),
        ("/level/eqf", "6", "int_type"),
        ("/level/eqf", 9, "less_than_equal"),
        ("/level", {}, "missing"),
        ("/level", {"eqf": 7, "qf_ehea": "1"}, "contradiction"),
        ("/level", {"eqf": 7, "not_applicable": True}, "contradiction"),
        ("/level/cycle", 1, "unknown_member"),
        ("/date_of_issuing", "10.11.2026", "not_a_date"),
        ("/date_of_issuing", 1731196800, "not_a_date"),
        ("/date_of_issuing", "2026-02-30", "date_from_datetime_parsing"),
        ("/country_of_issuer/country", "XX", "unknown_code"),
        ("/form_of_participation/0", "remote", "unknown_code"),
        ("/form_of_participation", [], "too_few"),
        ("/field_of_study/1", "1234", "unknown_code"),
        ("/supervision_and_identity_verification", "by-camera", "unknown_code"),
        ("/title", {}, "too_few"),
        ("/title/en", " ", "blank"),
        ("/title/en", "a\x00b", "control_character"),
        ("/title/en", "a\ud800", "lone_surrogate"),
        ("/title/english", "x", "string_pattern_mismatch"),
        ("/learner", {"given_name": "Given"}, "missing"),
        ("/learner/email", "a@b.example", "unknown_member"),
        ("/grade/value", 5, "string_type"),
        ("/further_information/links/0", "javascript:alert(1)", "string_pattern_mismatch"),
        ("/unheard_of", "x", "unknown_member"),
    ],
)
def test_a_wrong_field_is_said_with_found_and_expected(row: Row, path: str, value: Any, code: str) -> None:
    given = row()
    _put(given, path, value)
    errors = annex_i.check(given)
    assert isinstance(errors, tuple)
    assert [error.code for error in errors] == [code]
    assert errors[0].path.startswith(path)
    assert errors[0].element == path.split("/")[1]
    assert errors[0].found
    assert errors[0].expected


def test_every_wrong_field_is_said_at_once(row: Row) -> None:
    given = row() | {"workload": {"ects": 1.5}, "level": {"eqf": 0}}
    del given["title"]
    errors = annex_i.check(given)
    assert isinstance(errors, tuple)
    assert [error.element for error in errors] == ["title", "workload", "level"]


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("country_of_issuer", {"country": "NOR"}, {"country": "NO"}),
        ("country_of_issuer", {"country": "EL"}, {"country": "GR"}),
        ("form_of_participation", ["http://data.europa.eu/snb/learning-assessment/920fbb3cbe"], ["online"]),
        ("workload", {"ects": 5, "hours": "125.50"}, {"ects": "5", "hours": "125.5"}),
    ],
)
def test_spellings_of_one_value_become_one(row: Row, name: str, given: Any, read: Any) -> None:
    checked = annex_i.check(row() | {name: given})
    assert isinstance(checked, MicroCredential)
    assert checked.claims()[name] == read


@pytest.mark.parametrize(
    ("level", "eqf"),
    [({"eqf": 6}, 6), ({"qf_ehea": "2"}, 7), ({"nqf": "NKR 6.2"}, None), ({"not_applicable": True}, None)],
)
def test_the_eqf_level_follows_the_cycle_but_never_a_national_level(
    level: dict[str, Any], eqf: int | None
) -> None:
    assert annex_i.Level.model_validate(level).eqf_level == eqf


def test_an_awarding_body_is_found_by_scheme(content: MicroCredential) -> None:
    assert content.awarding_body.identifier("DEQARINST") == "DEQARINST7105"
    assert content.awarding_body.identifier("ETER") is None


class TestNormalise:
    def test_everything_is_present_with_source_and_original(self, row: Row, content: MicroCredential) -> None:
        found = annex_i.normalise(row())
        for name in annex_i.ELEMENTS:
            element = found.element(name)
            assert element.state is State.PRESENT
            assert element.value == getattr(content, name)
            assert element.source == f"/{name}"
            assert element.original == row()[name]

    def test_four_states(self, row: Row) -> None:
        given = row() | {"learner": {}, "level": {"eqf": "six"}, "grade": None}
        del given["title"]
        found = annex_i.normalise(given, {"/learner": 4})
        assert found.learner.state is State.WITHHELD
        assert found.learner.withheld == 4
        assert found.level.state is State.UNREADABLE
        assert found.level.original == {"eqf": "six"}
        assert [error.path for error in found.level.errors] == ["/level/eqf"]
        assert found.grade.state is found.title.state is State.ABSENT
        assert found.workload.state is State.PRESENT

    def test_a_code_that_we_do_not_know_is_unreadable(self, row: Row) -> None:
        found = annex_i.normalise(row() | {"form_of_participation": ["telepathic"]})
        assert found.form_of_participation.state is State.UNREADABLE
        assert found.form_of_participation.original == ["telepathic"]

    def test_members_that_a_newer_version_added_do_not_hide_the_rest(self, row: Row) -> None:
        given = row()
        given["workload"]["contact_hours"] = 12
        found = annex_i.normalise(given)
        assert found.workload.value is not None
        assert found.workload.value.ects == Decimal("2.5")

    def test_without_disclosures_of_the_whole_nothing_counts_as_absent(self, row: Row) -> None:
        found = annex_i.normalise({"title": row()["title"]}, {"": 3})
        assert found.title.state is State.PRESENT
        assert {state for name, state in found.states().items() if name != "title"} == {State.WITHHELD}

    def test_a_part_disclosed_is_read_where_it_says_enough(self) -> None:
        learner = {"given_name": "Given", "family_name": "Family"}
        assert annex_i.normalise({"learner": learner}, {"/learner": 2}).learner.state is State.PRESENT
        assert (
            annex_i.normalise({"learner": {"given_name": "Given"}}, {"/learner": 3}).learner.state
            is State.WITHHELD
        )
        assert annex_i.normalise({"learner": {"given_name": "Given"}}).learner.state is State.UNREADABLE

    def test_survives_json(self, row: Row) -> None:
        found = annex_i.normalise(row() | {"level": {"eqf": 0}})
        assert AnnexI.model_validate_json(found.model_dump_json()) == found

    def test_hides_personal_data(self, row: Row) -> None:
        given = row()
        del given["grade"]
        found = annex_i.normalise(given).without_personal_data()
        assert found.learner.state is State.WITHHELD
        assert found.grade.state is State.ABSENT
        assert "Family" not in found.model_dump_json()


@pytest.mark.parametrize(("hours", "odd"), [("62.5", False), ("75", False), ("62", True), ("150", True)])
def test_hours_a_credit_outside_25_to_30_are_odd(row: Row, hours: str, odd: bool) -> None:
    found = annex_i.normalise(row() | {"workload": {"ects": "2.5", "hours": hours}})
    assert [oddity.code for oddity in annex_i.oddities(found)] == ["hours_per_ects_odd"] * odd


def _put(target: Any, path: str, value: Any) -> None:
    *parents, last = path.split("/")[1:]
    for name in parents:
        target = target[int(name) if isinstance(target, list) else name]
    target[int(last) if isinstance(target, list) else last] = value
