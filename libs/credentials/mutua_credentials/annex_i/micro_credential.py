"""What an issuer says in one micro-credential: every mandatory element, and the optional ones that it has.

Two fields stand beside Annex I because trust and quality assurance are scoped by them: the field of study and
the component (the course as the awarding body's catalogue calls it).
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from mutua_credentials.annex_i.fields import Day, FieldError, Short, Text, Value, field_errors
from mutua_credentials.annex_i.values import (
    AssessmentCode,
    AwardingBody,
    FieldCode,
    FurtherInformation,
    Grade,
    Learner,
    LearningOutcome,
    Level,
    ParticipationCode,
    Place,
    QualityAssurance,
    Stackability,
    SupervisionCode,
    Workload,
)


class MicroCredential(Value):
    """The elements of Annex I by name, in its order; M1 to M11 are mandatory, O12 to O16 optional."""

    learner: Learner
    """M1"""
    title: Text
    """M2"""
    country_of_issuer: Place
    """M3"""
    awarding_body: AwardingBody
    """M4"""
    date_of_issuing: Day
    """M5: the day of the award, on which quality and trust are judged."""
    learning_outcomes: Annotated[tuple[LearningOutcome, ...], Field(min_length=1, max_length=100)]
    """M6"""
    workload: Workload
    """M7"""
    level: Level
    """M8"""
    type_of_assessment: Annotated[tuple[AssessmentCode, ...], Field(min_length=1, max_length=10)]
    """M9: codes of the list `assessment`."""
    form_of_participation: Annotated[tuple[ParticipationCode, ...], Field(min_length=1, max_length=10)]
    """M10: codes of the list `participation`."""
    type_of_quality_assurance: Annotated[tuple[QualityAssurance, ...], Field(min_length=1, max_length=10)]
    """M11"""
    prerequisites: Text | None = None
    """O12"""
    supervision_and_identity_verification: SupervisionCode | None = None
    """O13: code of the list `supervision`."""
    grade: Grade | None = None
    """O14"""
    stackability: Stackability | None = None
    """O15"""
    further_information: FurtherInformation | None = None
    """O16"""
    field_of_study: Annotated[tuple[FieldCode, ...], Field(min_length=1, max_length=10)] | None = None
    """Beside Annex I: ISCED-F 2013 codes of two to four digits."""
    component: Annotated[Short, Field(max_length=100)] | None = None
    """Beside Annex I: the course or unit in the awarding body's catalogue."""

    def claims(self) -> dict[str, Any]:
        """The JSON form: members that are not there are left out, decimals and dates are text."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def check(data: Mapping[str, Any]) -> MicroCredential | tuple[FieldError, ...]:
    """Read what somebody wants to issue: the micro-credential, or everything that is wrong with it."""
    try:
        return MicroCredential.model_validate(data)
    except ValidationError as error:
        return field_errors(error)
