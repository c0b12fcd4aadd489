"""The pure rules: which rows may be issued, and what they become."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from mutua_credentials import sdjwt
from mutua_credentials.annex_i import MicroCredential, check
from mutua_credentials.keys import PrivateKey
from mutua_issuer.domain import award, component, institution, issuing
from mutua_issuer.domain.award import Completed, IssueRequest
from mutua_issuer.domain.component import Component, Version
from mutua_issuer.domain.examples import AWARD, COMPONENT, REGISTRATION, WHOLE
from mutua_issuer.domain.identifiers import of_tenant
from mutua_issuer.domain.institution import Institution, SigningKey
from mutua_issuer.domain.issuing import Made, Seal
from mutua_issuer.domain.status import Place

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
PRIVATE = PrivateKey.generate()
LISVIK = Institution(
    id="DEQARINST7105",
    iss="https://univ-lisvik.example",
    did="did:web:univ-lisvik.example",
    names=REGISTRATION["names"],
    country="NO",
    identifiers=(of_tenant("DEQARINST7105", NOW),),
    since=TODAY,
    version=1,
    keys=(SigningKey(PRIVATE.kid, PRIVATE.public_jwk, NOW),),
)
LATEST = {"AST-DAT-020": Version("AST-DAT-020", 3, COMPONENT)}


def changed(base: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one member set; `...` takes it away."""
    head, _, rest = path.partition("/")
    copy = dict(base)
    if rest:
        copy[head] = changed(copy.get(head, {}), rest, value)
    elif value is ...:
        del copy[head]
    else:
        copy[head] = value
    return copy


def completed(given: dict[str, Any]) -> Completed:
    request = award.read(given)
    assert isinstance(request, IssueRequest), request
    found = award.complete(request, LISVIK, LATEST, TODAY)
    assert isinstance(found, Completed), found
    return found


def mistakes(given: dict[str, Any], of: Institution = LISVIK) -> list[tuple[str, str, str]]:
    request = award.read(given)
    if isinstance(request, IssueRequest):
        found = award.complete(request, of, LATEST, TODAY)
        assert not isinstance(found, Completed)
        request = found
    return [(one.path, one.code, one.found) for one in request]


def made(given: dict[str, Any]) -> Made | tuple[Any, ...]:
    seal = Seal(LISVIK, PRIVATE.kid, PRIVATE, NOW)
    return issuing.make(completed(given), seal, credential=UUID(int=7), place=Place(UUID(int=9), 4711))


# ------------------------------------------------------------------ rows


def test_the_examples_are_right() -> None:
    assert isinstance(made(AWARD), Made)
    assert isinstance(made(WHOLE), Made)


def test_an_award_is_completed_by_its_component_and_its_institution() -> None:
    content = completed(AWARD).content
    assert content.component == "AST-DAT-020"
    assert content.title == COMPONENT["title"]
    assert content.country_of_issuer.country == "NO"
    assert content.awarding_body.identifier("DEQARINST") == "DEQARINST7105"
    assert completed(AWARD).component_version == 3
    assert isinstance(check(content.claims()), MicroCredential)


def test_an_award_may_be_supervised_otherwise_than_its_component() -> None:
    other = changed(AWARD, "award/supervision_and_identity_verification", "unsupervised-no-id")
    assert completed(AWARD).content.supervision_and_identity_verification == "supervised-onsite-with-id"
    assert completed(other).content.supervision_and_identity_verification == "unsupervised-no-id"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("external_id", ..., ("/external_id", "missing", "nothing")),
        ("learner_id", "", ("/learner_id", "blank", "a text of 0 characters")),
        ("colour", "red", ("/colour", "unknown_member", "a text of 3 characters")),
        ("award/component", "AST-???", ("/award/component", "unknown_component", "'AST-???'")),
        ("award/date_of_issuing", "20.6.2026", ("/award/date_of_issuing", "not_a_date", "'20.6.2026'")),
        ("award/date_of_issuing", "2026-11-22", ("/award/date_of_issuing", "date_in_future", "'2026-11-22'")),
        ("valid_until", "2026-11-19", ("/valid_until", "expired_already", "'2026-11-19'")),
        (
            "award/learner/birth_date",
            "3/2/2001",
            ("/award/learner/birth_date", "not_a_date", "a text of 8 characters"),
        ),
        (
            "award/learner/given_name",
            17,
            ("/award/learner/given_name", "string_type", "another kind of value"),
        ),
        ("award/grade/value", ["A"], ("/award/grade/value", "string_type", "array of 1")),
        ("award", ..., ("", "missing", "nothing")),
        ("content", WHOLE["content"], ("", "contradiction", "object of 4")),
    ],
)
def test_what_is_wrong_is_said_with_path_and_found_but_without_what_is_personal(
    path: str, value: Any, expected: tuple[str, str, str]
) -> None:
    assert mistakes(changed(AWARD, path, value)) == [expected]


def test_a_day_that_no_calendar_has_is_quoted() -> None:
    (wrong,) = mistakes(changed(AWARD, "award/date_of_issuing", "2026-13-01"))
    assert (wrong[0], wrong[2]) == ("/award/date_of_issuing", "'2026-13-01'")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("content/level", ..., ("/content/level", "missing")),
        ("content/workload/ects", "many", ("/content/workload/ects", "not_a_decimal")),
        (
            "content/country_of_issuer/country",
            "SE",
            ("/content/country_of_issuer/country", "country_of_another"),
        ),
        ("content/awarding_body/identifiers", [], ("/content/awarding_body/identifiers", "missing")),
        (
            "content/awarding_body/identifiers",
            [{"scheme": "DEQARINST", "value": "DEQARINST7112"}],
            ("/content/awarding_body/country", "missing"),
        ),
    ],
)
def test_a_whole_content_is_held_to_annex_i_and_to_its_institution(
    path: str, value: Any, expected: tuple[str, str]
) -> None:
    assert [found[:2] for found in mistakes(changed(WHOLE, path, value))] == [expected]


def test_a_body_that_awards_by_mandate_is_named_with_its_own_country() -> None:
    body = {
        "name": {"en": "Osterhav Technical University"},
        "identifiers": [{"scheme": "DEQARINST", "value": "DEQARINST7112"}],
        "country": "SE",
    }
    result = made(changed(WHOLE, "content/awarding_body", body))
    assert isinstance(result, Made)
    assert (result.awarding_body, result.country) == ("DEQARINST7112", "SE")


@pytest.mark.parametrize("name", ["title", "prerequisites"])
def test_nothing_is_issued_that_names_its_learner_in_clear(name: str) -> None:
    whole = changed(WHOLE, "content/learner", {"given_name": "Quirin", "family_name": "Zabelfort"})
    result = made(changed(whole, f"content/{name}", {"en": "For Quirin Zabelfort"}))
    assert isinstance(result, tuple)
    assert [(one.path, one.code) for one in result] == [(f"/content/{name}/en", "learner_in_text")]
    assert "Zabelfort" not in repr(result)


def test_the_local_id_of_a_learner_is_personal_too() -> None:
    given = changed(changed(WHOLE, "learner_id", "s-104217"), "content/component", "tutorial s-104217")
    result = made(given)
    assert isinstance(result, tuple)
    assert result[0].path == "/content/component"


def test_what_is_too_large_for_an_event_is_refused_with_its_size() -> None:
    outcomes = [{"statement": {"en": "x" * 3900}} for _ in range(60)]
    result = made(changed(WHOLE, "content/learning_outcomes", outcomes))
    assert isinstance(result, tuple)
    assert result[0].code == "too_large"


def test_what_is_sealed_gives_back_the_holders_form() -> None:
    result = made(AWARD)
    assert isinstance(result, Made)
    personal = issuing.read_personal(issuing.personal_text(result.personal))
    whole = sdjwt.parse(issuing.holder_form(result.bus_form, personal))
    assert isinstance(whole, sdjwt.SdJwt)
    found = sdjwt.resolve(whole.payload, whole.disclosures)
    assert isinstance(found, sdjwt.Resolved)
    assert found.claims["learner"] == AWARD["award"]["learner"]
    assert (personal.external_id, personal.learner_id) == (AWARD["external_id"], AWARD["learner_id"])


def test_a_component_is_checked_before_the_first_learner() -> None:
    assert component.mistakes(Component.model_validate(COMPONENT), LISVIK, TODAY) == ()
    foreign = Component.model_validate({**COMPONENT, "country_of_issuer": {"country": "SE"}})
    assert [one.code for one in component.mistakes(foreign, LISVIK, TODAY)] == ["country_of_another"]


def test_a_component_has_every_element_that_is_not_a_learners() -> None:
    own = {"learner", "date_of_issuing", "grade", "component"}
    assert set(Component.model_fields) == set(MicroCredential.model_fields) - own


# ------------------------------------------------------------------ countries


@pytest.mark.parametrize(
    ("given_code", "expected"),
    [
        ("NO", "NO"),
        ("NOR", "NO"),
        ("EL", "GR"),
        ("BE-fl", "BE-fl"),
        ("UK-SCT", "UK-SCT"),
        ("XX", None),
        ("BE-Fl", None),
        ("no", None),
    ],
)
def test_countries_have_one_spelling(given_code: str, expected: str | None) -> None:
    assert institution.country_code(given_code) == expected
