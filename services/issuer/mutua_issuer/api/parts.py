"""What the routes share: who may call, the vault, bodies that are read with care, errors as problems."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, TypeVar, cast

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError, WrapValidator

from mutua_credentials.annex_i import FieldError
from mutua_credentials.annex_i.fields import field_errors
from mutua_issuer.vault import Vault
from mutua_kernel.http.auth import Principal, require
from mutua_kernel.http.problems import FieldProblem, Problem

Issuer = Annotated[Principal, Depends(require("issuer"))]
"""A caller who may issue for an institution, and see what it issued."""

AS_GIVEN: Final = WrapValidator(lambda given, _validate: given)
"""Annotation of a body that is described by its model and handed to the route unread: the route reads it
itself, in order to say of each mistake what was found."""

M = TypeVar("M", bound=BaseModel)


def vault_of(request: Request) -> Vault:
    """Dependency: the vault of this process."""
    return cast("Vault", request.app.state.vault)


VaultOf = Annotated[Vault, Depends(vault_of)]


def read_body(model: type[M], given: Any) -> M:
    """The body as `model`. Raises `Problem` 422 with every mistake."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid("invalid_request", field_errors(error)) from None


def invalid(code: str, mistakes: Iterable[FieldError]) -> Problem:
    """The problem 422 for mistakes in a body."""
    problems = field_problems(mistakes)
    count = "One thing is" if len(problems) == 1 else f"{len(problems)} things are"
    return Problem(
        422,
        code,
        f"{count} wrong with this request.",
        found=problems[0].found,
        expected=problems[0].expected,
        fix="Mend what `problems` names and send it again.",
        problems=problems,
    )


def field_problems(mistakes: Iterable[FieldError]) -> list[FieldProblem]:
    """Mistakes as answers tell them."""
    return [
        FieldProblem(path=one.path or "/", code=one.code, found=one.found, expected=one.expected)
        for one in mistakes
    ]


def no_key_yet() -> Problem:
    """The first key begins a moment later than this process's clock says: clocks differ a little."""
    return Problem(
        503,
        "no_key_in_force",
        "No signing key of your institution is in force at this second.",
        fix="Try again in a few seconds.",
        headers={"Retry-After": "2"},
    )
