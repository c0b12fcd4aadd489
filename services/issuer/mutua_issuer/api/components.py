"""Components: a course is described once, and every change of it is a new version."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from mutua_credentials.annex_i.fields import Short, Value
from mutua_issuer import store
from mutua_issuer.api import institution_state
from mutua_issuer.api.parts import AS_GIVEN, Issuer, invalid, read_body
from mutua_issuer.domain import component as components
from mutua_issuer.domain.component import Component, Version
from mutua_issuer.domain.examples import COMPONENT
from mutua_kernel.clock import today
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf

router = APIRouter(tags=["components"])

EXAMPLE: Mapping[str, Any] = {"code": "AST-DAT-020", "content": COMPONENT}


class NewComponent(Value):
    """A course or unit of the institution's catalogue."""

    model_config = ConfigDict(json_schema_extra={"examples": [dict(EXAMPLE)]})

    code: Annotated[Short, Field(max_length=100)]
    """Its code in the catalogue, as awards name it."""
    content: Component
    """What is alike in all its micro-credentials."""


class ComponentView(BaseModel):
    """One version of a component."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "version": 1}]})

    code: str
    version: int
    content: Mapping[str, Any]


class ComponentPage(BaseModel):
    """Latest versions in order of code; `next` goes into `after` for the next page."""

    components: list[ComponentView]
    next: str | None


@router.post("/components", status_code=201, response_model=ComponentView)
async def describe(
    caller: Issuer,
    storage: StoreOf,
    key: Key,
    request: Request,
    body: Annotated[NewComponent, AS_GIVEN],
) -> Response:
    """Describes a component. A changed description is a new version; the same one stays what it is (200)."""
    wanted = read_body(NewComponent, body)

    async def effect(tx: Connection) -> Answer:
        institution = await institution_state.locked(tx, caller.tenant)
        mistakes = components.mistakes(wanted.content, institution, today(storage.clock))
        if mistakes:
            below = [one.model_copy(update={"path": "/content" + one.path}) for one in mistakes]
            raise invalid("invalid_component", below)
        content = wanted.content.claims()
        latest = (await store.latest_components(tx, [wanted.code])).get(wanted.code)
        if latest is not None and latest.content == content:
            return Answer(200, _view(latest))
        new = Version(wanted.code, 0, content)
        return Answer(201, _view(await store.add_component(tx, caller.tenant, new, storage.clock.now())))

    return await storage.write(request, caller, key, effect)


@router.get("/components")
async def page(
    caller: Issuer,
    storage: StoreOf,
    after: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> ComponentPage:
    """Your components, in their latest versions."""
    async with storage.reading(caller.tenant) as tx:
        found = await store.list_components(tx, after, limit)
    following = found[-1].code if len(found) == limit else None
    return ComponentPage(components=[_view(one) for one in found], next=following)


@router.get("/components/{code:path}")
async def show(
    caller: Issuer,
    storage: StoreOf,
    code: str,
    version: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> ComponentView:
    """One of your components: the latest version, or the one that you name."""
    found: Version | None = None
    if code.isprintable():
        async with storage.reading(caller.tenant) as tx:
            if version is None:
                found = (await store.latest_components(tx, [code])).get(code)
            else:
                found = await store.component_version(tx, code, version)
    if found is None:
        raise not_found("component")
    return _view(found)


def _view(of: Version) -> ComponentView:
    return ComponentView(code=of.code, version=of.version, content=of.content)
