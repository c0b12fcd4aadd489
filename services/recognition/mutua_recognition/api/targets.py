"""Targets: the recogniser's component that a credential shall count for, named by version and digest."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from mutua_recognition.api.bodies import Body
from mutua_recognition.domain.canonical import Json, digest, write
from mutua_recognition.domain.request import Target

MEMBERS = ("id", "version", "level", "ects")


class TargetBody(Body):
    """A component at one version of the recogniser's catalogue."""

    id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$", examples=["AST-DAT-020"])]
    """Its code."""
    version: Annotated[int, Field(ge=1, lt=2**31, examples=[3])]
    """Version of its description."""
    level: Annotated[int, Field(ge=1, le=8, examples=[6])] | None = None
    """Its EQF level."""
    ects: Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,2})?$", examples=["5"])] | None = None
    """Its credits, as a decimal."""

    def domain(self) -> Target:
        """The same with the digest of its members."""
        told = self.model_dump()
        return Target(
            self.id,
            self.version,
            with_digest(told)["digest"],
            self.level,
            None if self.ects is None else Decimal(self.ects),
        )


def with_digest(target: Any) -> Any:
    """The members of a target with their digest. What is no target comes back as it is."""
    if not isinstance(target, dict) or "digest" in target:
        return target
    members: Json = target
    return {**members, "digest": digest({name: members.get(name) for name in MEMBERS})}


def text_of(target: Target | None) -> Json | None:
    """As the database holds it."""
    return None if target is None else write(target)
