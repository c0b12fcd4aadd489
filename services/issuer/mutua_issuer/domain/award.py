"""What an institution asks for when it issues one micro-credential, and what is said when it is wrong.

A request is one row: the institution's own id of it, the learner's local id, and either the whole content or
an award of a component. Mistakes name path, found and expected; what stands in a personal place is never
repeated, because answers are kept for a while.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from mutua_credentials import annex_i
from mutua_credentials.annex_i import FieldError, Grade, Learner, MicroCredential
from mutua_credentials.annex_i.fields import Day, Short, Value, field_errors, refused
from mutua_credentials.annex_i.values import SupervisionCode
from mutua_credentials.pointers import is_below
from mutua_issuer.domain import component as components
from mutua_issuer.domain.examples import AWARD, WHOLE
from mutua_issuer.domain.institution import Institution

_CLEAR = (
    "/valid_until",
    "/award/component",
    "/award/date_of_issuing",
    "/award/supervision_and_identity_verification",
)
_PERSONAL_CONTENT = ("/content/learner", "/content/grade")


class Award(Value):
    """An award of a component: what differs from learner to learner."""

    component: Annotated[Short, Field(max_length=100)]
    """Code of a component of this institution; its latest version is taken."""
    learner: Learner
    """M1"""
    date_of_issuing: Day
    """M5: the day of the award."""
    grade: Grade | None = None
    """O14"""
    supervision_and_identity_verification: SupervisionCode | None = None
    """O13, where it differs from the component's."""


class IssueRequest(Value):
    """One micro-credential to issue: an `award` of a component, or the whole `content`."""

    model_config = ConfigDict(json_schema_extra={"examples": [AWARD, WHOLE]})

    external_id: Short
    """The institution's own id of this row; the same id is never issued twice."""
    learner_id: Short
    """The learner's id at the institution; it leaves the vault only for the institution itself."""
    award: Award | None = None
    """The award of a component,"""
    content: MicroCredential | None = None
    """or every element of Annex I."""
    valid_until: Day | None = None
    """Last day on which it counts; without it, it never expires."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.award is None) == (self.content is None):
            code = "missing" if self.award is None else "contradiction"
            raise refused(code, "either award or content")
        return self

    @property
    def component(self) -> str | None:
        """The component that it names."""
        return self.award.component if self.award else self.content.component if self.content else None

    def given(self) -> dict[str, Any]:
        """What was asked for, in one spelling: two requests are the same where this is the same."""
        return self.model_dump(mode="json", exclude_none=True)


@dataclass(frozen=True, slots=True)
class Completed:
    """A request with its whole content."""

    request: IssueRequest
    content: MicroCredential
    component_version: int | None

    def awarding_body(self) -> str:
        """DEQAR id of the body that awards."""
        body = self.content.awarding_body.identifier("DEQARINST")
        assert body is not None, "checked when the request was completed"
        return body


def read(given: Mapping[str, Any]) -> IssueRequest | tuple[FieldError, ...]:
    """The request, or everything that is wrong with it."""
    try:
        return IssueRequest.model_validate(given)
    except ValidationError as error:
        return discreet(field_errors(error))


def complete(
    request: IssueRequest,
    institution: Institution,
    latest: Mapping[str, components.Version],
    today: date,
) -> Completed | tuple[FieldError, ...]:
    """The request with the whole content, held to the rules of the institution that is to sign.

    `latest` has the latest version of each component that requests name.
    """
    version: int | None = None
    if request.award is not None:
        found = latest.get(request.award.component)
        if found is None:
            expected = "the code of a component of this institution: describe it first, at /components"
            return (
                _error("award", "/award/component", "unknown_component", repr(request.component), expected),
            )
        version = found.version
        personal = request.award.model_dump(mode="json", exclude_none=True)
        content = annex_i.check(components.defaults(institution) | dict(found.content) | personal)
        prefix = "/award"
    else:
        content, prefix = request.content, "/content"
        assert content is not None, "a request has award or content"
    if isinstance(content, tuple):
        return discreet(_below(prefix, content))
    wrong = _below(prefix, (*components.belonging(content, institution), *_not_in_future(content, today)))
    wrong += _not_over(request, today)
    return discreet(wrong) if wrong else Completed(request, content, version)


def discreet(mistakes: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """The same mistakes without what stands in personal places."""
    return tuple(
        mistake if _is_clear(mistake.path) or mistake.code == "missing" else _without_content(mistake)
        for mistake in mistakes
    )


def _is_clear(path: str) -> bool:
    if is_below(path, "/content"):
        return not any(is_below(path, personal) for personal in _PERSONAL_CONTENT)
    return any(is_below(path, clear) for clear in _CLEAR)


def _without_content(mistake: FieldError) -> FieldError:
    if mistake.found.startswith(("object of", "array of")):
        return mistake
    quoted = mistake.found[:1] in ("'", '"')
    found = f"a text of {len(mistake.found) - 2} characters" if quoted else "another kind of value"
    return mistake.model_copy(update={"found": found})


def _below(prefix: str, mistakes: Iterable[FieldError]) -> list[FieldError]:
    return [mistake.model_copy(update={"path": prefix + mistake.path}) for mistake in mistakes]


def _not_in_future(content: MicroCredential, today: date) -> tuple[FieldError, ...]:
    latest = today + timedelta(days=1)  # it is tomorrow already east of Greenwich
    if content.date_of_issuing <= latest:
        return ()
    found = repr(content.date_of_issuing.isoformat())
    return (
        _error(
            "date_of_issuing", "/date_of_issuing", "date_in_future", found, f"{latest.isoformat()} or earlier"
        ),
    )


def _not_over(request: IssueRequest, today: date) -> tuple[FieldError, ...]:
    if request.valid_until is None or request.valid_until >= today:
        return ()
    found = repr(request.valid_until.isoformat())
    return (_error("", "/valid_until", "expired_already", found, f"{today.isoformat()} or later"),)


def _error(element: str, path: str, code: str, found: str, expected: str) -> FieldError:
    return FieldError(element=element, path=path, code=code, found=found, expected=expected)
