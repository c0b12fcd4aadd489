"""The values of the Annex I elements, named as the standard names them; decimals are text in JSON."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from mutua_credentials import code_lists
from mutua_credentials.annex_i.fields import Amount, Day, InList, Short, Text, Uri, Value, Words, refused

AssessmentCode = Annotated[str, InList("assessment")]
FieldCode = Annotated[str, InList("isced-f")]
ParticipationCode = Annotated[str, InList("participation")]
SupervisionCode = Annotated[str, InList("supervision")]


class Identifier(Value):
    """One identifier of an institution."""

    scheme: Annotated[str, InList("identifier-scheme")]
    """The scheme of `value`, e.g. `DEQARINST`."""
    value: Short
    """As the scheme writes it, e.g. `DEQARINST7105`."""


class LearnerIdentifier(Value):
    """One identifier of a learner."""

    scheme: Short
    """Who numbers, e.g. `esi` or `national`."""
    value: Short


class Learner(Value):
    """M1, identification of the learner: by name or by an identifier. Personal."""

    given_name: Short | None = None
    family_name: Short | None = None
    birth_date: Day | None = None
    identifiers: Annotated[tuple[LearnerIdentifier, ...], Field(min_length=1, max_length=10)] | None = None

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.identifiers is None and (self.family_name is None or self.given_name is None):
            raise refused("missing", "given_name and family_name, or identifiers")
        return self


class Place(Value):
    """M3, country and region of the issuer."""

    country: Annotated[str, InList("country")]
    """ISO 3166-1 alpha-2; an alpha-3 code, `EL` and `UK` are read as such."""
    region: Short | None = None
    """NUTS or ATU code, or a name."""


class AwardingBody(Value):
    """M4, the body that awards, which is not always the one that signs."""

    name: Text
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=20)] = ()
    country: Annotated[str, InList("country")] | None = None

    def identifier(self, scheme: str) -> str | None:
        """Its first identifier of this scheme."""
        return next((known.value for known in self.identifiers if known.scheme == scheme), None)


class LearningOutcome(Value):
    """M6, one outcome."""

    statement: Text
    id: Short | None = None
    """Its id in the issuer's catalogue: agreed mappings name it."""
    skills: Annotated[tuple[Uri, ...], Field(max_length=50)] = ()
    """ESCO or other skill URIs."""


class Workload(Value):
    """M7, notional workload: ECTS credits wherever possible, else hours."""

    ects: Amount | None = None
    hours: Amount | None = None

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.ects is None and self.hours is None:
            raise refused("missing", "ects or hours")
        return self


class Level(Value):
    """M8, level and cycle: where a level applies, by EQF, QF-EHEA cycle or a national framework."""

    eqf: Annotated[StrictInt, Field(ge=1, le=8)] | None = None
    qf_ehea: Annotated[str, InList("qf-ehea")] | None = None
    """0 short, 1 first, 2 second, 3 third cycle."""
    nqf: Short | None = None
    """National level as its framework writes it. It says nothing about the EQF level without referencing."""
    not_applicable: StrictBool = False

    @model_validator(mode="after")
    def _stated(self) -> Self:
        stated = [level for level in (self.eqf, self.qf_ehea, self.nqf) if level is not None]
        if self.not_applicable and stated:
            raise refused("contradiction", "no level where a level does not apply")
        if not self.not_applicable and not stated:
            raise refused("missing", "eqf, qf_ehea or nqf, or not_applicable: true")
        if (
            self.eqf is not None
            and self.qf_ehea is not None
            and self.eqf != code_lists.eqf_of_cycle(self.qf_ehea)
        ):
            raise refused(
                "contradiction", f"EQF level {code_lists.eqf_of_cycle(self.qf_ehea)} for this cycle"
            )
        return self

    @property
    def eqf_level(self) -> int | None:
        """EQF level as stated, or as the cycle corresponds to; None where only a national level is known."""
        if self.eqf is not None or self.qf_ehea is None:
            return self.eqf
        return code_lists.eqf_of_cycle(self.qf_ehea)


class QualityAssurance(Value):
    """M11, one kind of quality assurance behind it: a claim, to be checked in a register."""

    type: Annotated[str, InList("quality-assurance")]
    agency: Short | None = None
    report: Uri | None = None


class Grade(Value):
    """O14, the grade achieved. Personal."""

    value: Short
    scheme: Words | None = None
    """The grading scheme that `value` belongs to."""


class Stackability(Value):
    """O15, integration and stackability."""

    option: Annotated[str, InList("stackability")]
    towards: Text | None = None


class FurtherInformation(Value):
    """O16, further information."""

    text: Text | None = None
    links: Annotated[tuple[Uri, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.text is None and not self.links:
            raise refused("missing", "text or links")
        return self
