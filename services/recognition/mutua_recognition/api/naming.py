"""Ids of what organisations release: their own id and a name of their choice, so that no two can collide."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from mutua_recognition.api.bodies import Name, refuse_given
from mutua_recognition.api.refusals import problem_of
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.flaws import refused

_NAMES: TypeAdapter[str] = TypeAdapter(Name)


def named(tenant: str, body: dict[str, Any], given: tuple[str, ...]) -> tuple[str, Json]:
    """The id that `name` gives, and the body without it. Raises `Problem` for a name that cannot be part of
    an id, and where the caller sends what the service gives.
    """
    refuse_given(body, given)
    try:
        name = _NAMES.validate_python(body.get("name"))
    except ValidationError:
        found = body.get("name")
        expected = "lower-case letters, digits and hyphens between them, at most 60"
        flaw = refused("missing" if found is None else "bad_name", "/name", found, expected)
        raise problem_of(flaw, "This name is not accepted.") from None
    return f"{tenant}:{name}", {member: value for member, value in body.items() if member != "name"}
