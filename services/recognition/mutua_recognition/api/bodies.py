"""Bodies and pages: what callers send and get, alike on all routes.

Every body is read strictly before a route sees it, since texts that two readers understand differently must
not become policies. What the domain validates arrives as plain JSON; the documents show the domain's shape.
"""

import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mutua_credentials import json_text
from mutua_kernel.http.problems import Problem

ItemT = TypeVar("ItemT", bound=BaseModel)

DEEPEST = 32
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of U+0000: an odd number of backslashes before `u0000`."""

Name = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, examples=["annex-i-credit"]),
]
"""How an organisation calls something of its own."""

ItemId = Annotated[str, Path(pattern=r"^[\x21-\x7e]{1,200}$")]
"""An id in a path."""
After = Annotated[str | None, Query(pattern=r"^[\x21-\x7e]{1,200}$", description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]


class Body(BaseModel):
    """What a caller sends: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class View(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Page(View, Generic[ItemT]):
    """A page of a list."""

    # Looking for docstrings anew for each kind of item would take a second of the start (before Python 3.13).
    model_config = ConfigDict(use_attribute_docstrings=False)

    items: list[ItemT] = Field(description="What is on it.")
    next: str | None = Field(description="Send it as `after` to get the next page; null on the last one.")


def page(items: Sequence[ItemT], limit: int, cursor: str | None) -> Page[ItemT]:
    """A page of at most `limit` items; `cursor` is that of the last one."""
    return Page(items=list(items), next=cursor if len(items) == limit else None)


@dataclass(frozen=True, slots=True)
class ShapeOf:
    """Annotation of a JSON object that the domain validates: documented with the members of `kind`.

    `without` are members that the service gives; `more` are members that it takes beside or in place of them.
    """

    kind: Any
    without: tuple[str, ...]
    required: tuple[str, ...]
    more: tuple[tuple[str, Any], ...] = ()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        def shape(kind: Any) -> JsonSchemaValue:
            adapter: TypeAdapter[Any] = TypeAdapter(kind)
            return handler(adapter.core_schema)

        members = handler.resolve_ref_schema(shape(self.kind))["properties"]
        own = {name: value for name, value in members.items() if name not in self.without}
        return {
            "type": "object",
            "properties": {**{name: shape(kind) for name, kind in self.more}, **own},
            "required": [*self.required],
            "additionalProperties": False,
        }


def refuse_given(body: dict[str, Any], given: Sequence[str]) -> None:
    """Raises `Problem` where a caller sends what the service itself gives."""
    sent = [name for name in given if name in body]
    if sent:
        raise Problem(
            422,
            "unknown_member",
            "The service gives this member.",
            found=", ".join(sent),
            expected="no such member",
            fix="Leave it out.",
        )


class StrictRoute(APIRoute):
    """A route whose body is checked before anything is made of it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            check_body(await request.body())
            return await handle(request)

        return strictly


def check_body(body: bytes) -> None:
    """Raises `Problem` for JSON that two readers may understand differently, or that cannot be stored."""
    if not body:
        return
    read = json_text.read(body, max_depth=DEEPEST)
    if isinstance(read, json_text.Refused):
        raise Problem(
            422,
            read.code,
            "This body cannot be read in one way only.",
            found=read.found if read.code != "duplicate_key" else "a member twice",
            expected=read.expected,
            fix="Send one JSON object in UTF-8.",
        )
    if _NUL.search(body):
        raise Problem(
            422,
            "nul_character",
            "A text holds U+0000, which cannot be stored.",
            found="U+0000",
            expected="texts without it",
            fix="Remove it.",
        )


def new_router(tag: str) -> APIRouter:
    """A router whose bodies are read strictly."""
    return APIRouter(tags=[tag], route_class=StrictRoute)
