"""What a reader found of a micro-credential: each element present, absent, withheld or unreadable.

A value that is there but not understood is `unreadable` with its errors, never guessed and never dropped; a
value that the holder may still disclose is `withheld`, never absent.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Generic, TypeVar, get_args

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from mutua_credentials.annex_i.fields import Day, FieldError, Short, Text, Value, field_errors, too_much
from mutua_credentials.annex_i.micro_credential import MicroCredential
from mutua_credentials.annex_i.values import (
    AwardingBody,
    FurtherInformation,
    Grade,
    Learner,
    LearningOutcome,
    Level,
    Place,
    QualityAssurance,
    Stackability,
    Workload,
)
from mutua_credentials.pointers import is_below, pointer

MANDATORY = (
    "learner",
    "title",
    "country_of_issuer",
    "awarding_body",
    "date_of_issuing",
    "learning_outcomes",
    "workload",
    "level",
    "type_of_assessment",
    "form_of_participation",
    "type_of_quality_assurance",
)
"""M1 to M11, in the order of Annex I."""
OPTIONAL = (
    "prerequisites",
    "supervision_and_identity_verification",
    "grade",
    "stackability",
    "further_information",
)
"""O12 to O16."""
ELEMENTS = (*MANDATORY, *OPTIONAL, "field_of_study", "component")
"""All that `AnnexI` holds."""
PERSONAL = ("learner", "grade")
"""What never travels in clear."""

ValueT = TypeVar("ValueT")


class State(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"


class Element(Value, Generic[ValueT]):
    """One element as found."""

    # Before Python 3.13 pydantic looks for docstrings in every frame and module, anew for each kind of value:
    # that took seconds of each process's start.
    model_config = ConfigDict(use_attribute_docstrings=False)

    state: State
    value: ValueT | None = Field(default=None, description="The value in our terms, where present.")
    source: str | None = Field(
        default=None, description="JSON Pointer to where it stands, or would stand, in the document."
    )
    original: JsonValue = Field(default=None, description="What stands there.")
    withheld: int = Field(
        default=0, description="Digests at or below it that were not disclosed (some may be decoys)."
    )
    errors: tuple[FieldError, ...] = Field(default=(), description="Why it is unreadable.")


class AnnexI(Value):
    """Every element of Annex I, and the two fields beside it, as one reader found them."""

    learner: Element[Learner]
    title: Element[Text]
    country_of_issuer: Element[Place]
    awarding_body: Element[AwardingBody]
    date_of_issuing: Element[Day]
    learning_outcomes: Element[tuple[LearningOutcome, ...]]
    workload: Element[Workload]
    level: Element[Level]
    type_of_assessment: Element[tuple[str, ...]]
    form_of_participation: Element[tuple[str, ...]]
    type_of_quality_assurance: Element[tuple[QualityAssurance, ...]]
    prerequisites: Element[Text]
    supervision_and_identity_verification: Element[str]
    grade: Element[Grade]
    stackability: Element[Stackability]
    further_information: Element[FurtherInformation]
    field_of_study: Element[tuple[str, ...]]
    component: Element[Short]

    def element(self, name: str) -> Element[Any]:
        """By name, one of `ELEMENTS`."""
        return getattr(self, name)

    def states(self) -> dict[str, State]:
        return {name: self.element(name).state for name in ELEMENTS}

    def without_personal_data(self) -> "AnnexI":
        """The same with learner and grade as the bus shows them: withheld, unless they are absent."""
        hidden = {
            name: Element[Any](state=State.WITHHELD, source=found.source, withheld=max(found.withheld, 1))
            for name in PERSONAL
            if (found := self.element(name)).state is not State.ABSENT
        }
        return self.model_copy(update=hidden)


def normalise(claims: Mapping[str, Any], withheld: Mapping[str, int] | None = None) -> AnnexI:
    """Read claims named by Annex I's terms: the payload of our own SD-JWT VC, disclosures in their places.

    `withheld` counts undisclosed digests by the JSON Pointer of the object or array that holds them. Where
    digests of the whole payload are undisclosed, an element that is not there counts as withheld: it may be
    one of them.
    """
    digests = withheld or {}
    found: dict[str, Any] = {name: _find(name, claims, digests) for name in ELEMENTS}
    return AnnexI.model_construct(None, **found)


def _find(name: str, claims: Mapping[str, Any], digests: Mapping[str, int]) -> Element[Any]:
    source = pointer(name)
    hidden = sum(count for path, count in digests.items() if is_below(path, source))
    original = claims.get(name)
    if original is None:
        state = State.WITHHELD if digests.get("") else State.ABSENT
        return Element(state=state, source=source, withheld=digests.get("", 0))
    flood = too_much(original, name)
    if flood is not None:
        return Element(state=State.UNREADABLE, source=source, original=original, errors=(flood,))
    try:
        value = reader(name).validate_python(original, extra="ignore")
        return Element(state=State.PRESENT, value=value, source=source, original=original, withheld=hidden)
    except ValidationError as error:
        # With parts of it withheld, what is missing may be what would make it readable: ask before judging.
        state = State.WITHHELD if hidden else State.UNREADABLE
        errors = () if hidden else field_errors(error, name)
        return Element(state=state, source=source, original=original, withheld=hidden, errors=errors)


@cache
def reader(name: str) -> TypeAdapter[Any]:
    """Reads one element's value by the type that `MicroCredential` gives it."""
    field = MicroCredential.model_fields[name]
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    annotation: Any = kinds[0] if not field.is_required() else field.rebuild_annotation()
    return TypeAdapter(annotation)
