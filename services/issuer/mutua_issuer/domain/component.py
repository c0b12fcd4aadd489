"""A component: everything of a micro-credential that does not change from learner to learner.

A course is described once; a row of a CSV then needs only the learner and the award. Whoever describes it
learns at once what is missing, and not with the first learner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from mutua_credentials import annex_i
from mutua_credentials.annex_i import FieldError
from mutua_credentials.annex_i.fields import Text, Value
from mutua_credentials.annex_i.values import (
    AssessmentCode,
    AwardingBody,
    FieldCode,
    FurtherInformation,
    LearningOutcome,
    Level,
    ParticipationCode,
    Place,
    QualityAssurance,
    Stackability,
    SupervisionCode,
    Workload,
)
from mutua_issuer.domain.institution import Institution


class Component(Value):
    """The elements of Annex I that belong to the course, named as in a micro-credential."""

    title: Text
    """M2"""
    country_of_issuer: Place | None = None
    """M3; the institution's own country where it is not said."""
    awarding_body: AwardingBody | None = None
    """M4; the institution itself where it is not said."""
    learning_outcomes: Annotated[tuple[LearningOutcome, ...], Field(min_length=1, max_length=100)]
    """M6"""
    workload: Workload
    """M7"""
    level: Level
    """M8"""
    type_of_assessment: Annotated[tuple[AssessmentCode, ...], Field(min_length=1, max_length=10)]
    """M9"""
    form_of_participation: Annotated[tuple[ParticipationCode, ...], Field(min_length=1, max_length=10)]
    """M10"""
    type_of_quality_assurance: Annotated[tuple[QualityAssurance, ...], Field(min_length=1, max_length=10)]
    """M11"""
    prerequisites: Text | None = None
    """O12"""
    supervision_and_identity_verification: SupervisionCode | None = None
    """O13; an award may say otherwise."""
    stackability: Stackability | None = None
    """O15"""
    further_information: FurtherInformation | None = None
    """O16"""
    field_of_study: Annotated[tuple[FieldCode, ...], Field(min_length=1, max_length=10)] | None = None
    """Beside Annex I: ISCED-F 2013 codes of two to four digits."""

    def claims(self) -> dict[str, Any]:
        """The JSON form; members that are not there are left out."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a component as it is kept; what was issued names the version that it was issued from."""

    code: str
    version: int
    content: Mapping[str, Any]


def defaults(institution: Institution) -> dict[str, Any]:
    """The elements that an institution is by itself."""
    return {
        "country_of_issuer": {"country": institution.iso_country},
        "awarding_body": {
            "name": dict(institution.names),
            "identifiers": [{"scheme": one.scheme, "value": one.value} for one in institution.identifiers],
            "country": institution.iso_country,
        },
    }


def mistakes(component: Component, institution: Institution, today: date) -> tuple[FieldError, ...]:
    """What would be wrong with every micro-credential that this component leads to."""
    # The rules of a credential hold for a whole one: it is completed with a learner whom nobody has.
    somebody = {"learner": {"identifiers": [{"scheme": "local", "value": "-"}]}}
    whole = defaults(institution) | component.claims() | somebody | {"date_of_issuing": today.isoformat()}
    content = annex_i.check(whole)
    if isinstance(content, tuple):
        return content
    return belonging(content, institution)


def belonging(content: annex_i.MicroCredential, institution: Institution) -> tuple[FieldError, ...]:
    """What does not fit to the institution that is to sign.

    The country must be its own. Another body may award by mandate; it is then known by its own DEQAR id and
    country, since trust and quality are judged by these.
    """
    found: list[FieldError] = []
    country = content.country_of_issuer.country
    if country != institution.iso_country:
        found.append(
            FieldError(
                element="country_of_issuer",
                path="/country_of_issuer/country",
                code="country_of_another",
                found=repr(country),
                expected=f"{institution.iso_country}, the country of {institution.id}",
            )
        )
    body = content.awarding_body
    awarding = body.identifier("DEQARINST")
    if awarding is None:
        found.append(
            FieldError(
                element="awarding_body",
                path="/awarding_body/identifiers",
                code="missing",
                found="no identifier of the scheme DEQARINST",
                expected=f"the awarding body's, {institution.id} where it is the institution itself",
            )
        )
    elif awarding != institution.id and body.country is None:
        found.append(
            FieldError(
                element="awarding_body",
                path="/awarding_body/country",
                code="missing",
                found="nothing",
                expected="the country of an awarding body that is not the institution itself",
            )
        )
    return tuple(found)
