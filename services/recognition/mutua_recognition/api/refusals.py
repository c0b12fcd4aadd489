"""From the domain's refusals to problem details: the first flaw's code, and one entry a flaw."""

from typing import TypeVar

from mutua_kernel.http.problems import FieldProblem, Problem
from mutua_recognition.domain.flaws import Refused

T = TypeVar("T")

CONFLICTS = frozenset(
    {
        "same_signer",
        "already_released",
        "already_decided",
        "already_stated",
        "content_hidden",
        "override_needed",
        "registry_not_ready",
    }
)
"""Codes about the state of things: the request itself was in order."""


def problem_of(refused: Refused, detail: str) -> Problem:
    """The problem for a refusal."""
    first = refused.flaws[0]
    return Problem(
        409 if refused.code in CONFLICTS else 422,
        refused.code,
        detail,
        found=first.found,
        expected=first.expected,
        fix=first.fix or "Mend what `problems` names and send it again.",
        problems=[
            FieldProblem(path=flaw.path, code=flaw.code, found=flaw.found, expected=flaw.expected)
            for flaw in refused.flaws
        ],
        headers={"Retry-After": "5"} if refused.code == "registry_not_ready" else None,
    )


def accepted(found: T | Refused, what: str) -> T:
    """The value. Raises `Problem` where the domain refused it."""
    if isinstance(found, Refused):
        raise problem_of(found, f"This {what} is not accepted.")
    return found
