"""What organisations release version by version (policies, mandates, rules): put forward, listed, shown.

Each version is put forward by one person and takes effect with another's signature; none is ever changed.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi import Body as BodyOf
from fastapi.responses import Response

from mutua_kernel.database import Connection
from mutua_kernel.http.auth import Principal
from mutua_kernel.http.writes import Answer, Key, Store, StoreOf
from mutua_recognition.api import proposals
from mutua_recognition.api.bodies import After, ItemId, Limit, Page, ShapeOf, View, page
from mutua_recognition.api.naming import named
from mutua_recognition.api.people import Coordinator, Reader, acting
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.refusals import accepted
from mutua_recognition.api.releases import Kind
from mutua_recognition.api.rows import one_row
from mutua_recognition.domain.canonical import Json, write
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.store import SQL

Version = Annotated[int | None, Query(ge=1, lt=2**31, description="The newest without it")]


class VersionView(View):
    """One version of something that an organisation released."""

    id: str
    """The owner's id and the name that it gave."""
    version: int
    """Its version."""
    owner: str
    """The recogniser or alliance that it belongs to."""
    content: dict[str, Any]
    """All that was released."""


ViewT = TypeVar("ViewT", bound=VersionView)
Check = Callable[[Connection, str, Json], Awaitable[object]]
"""A look at what the database knows, given the organisation and the content; raises `Problem`."""


@dataclass(frozen=True, slots=True)
class Versions(Generic[ViewT]):
    """One kind of them. Queries are called `newest_{kind}`, `{kind}` and `{plural}`."""

    kind: Kind
    plural: str
    owner: str
    """The member that names the organisation; the service gives it, as it gives `id` and `version`."""
    view: type[ViewT]
    read: Callable[[Json], object | Refused]

    @property
    def given(self) -> tuple[str, ...]:
        """Members that the service gives."""
        return ("id", self.owner, "version")

    @property
    def called(self) -> str:
        return self.kind.replace("_", " ")

    def add_routes(
        self,
        router: APIRouter,
        path: str,
        shape: ShapeOf,
        examples: Any,
        told: str,
        check: Check | None = None,
    ) -> None:
        """Puts the three routes under `path`; `told` is what its documents say of proposing."""

        async def propose(
            caller: Coordinator,
            store: StoreOf,
            key: Key,
            request: Request,
            body: Annotated[dict[str, Any], shape, BodyOf(openapi_examples=examples)],
        ) -> Response:
            return await self._propose(caller, store, key, request, body, check)

        async def newest(
            caller: Reader, store: StoreOf, after: After = None, limit: Limit = 100
        ) -> Page[ViewT]:
            async with store.reading(caller.tenant) as tx:
                rows = await tx.fetch(SQL[self.plural], after, limit)
            return page([self.of(row) for row in rows], limit, rows[-1]["id"] if rows else None)

        async def one(caller: Reader, store: StoreOf, id: ItemId, version: Version = None) -> ViewT:
            async with store.reading(caller.tenant) as tx:
                return await self.load(tx, id, version)

        def add(handle: Callable[..., Any], method: str, model: Any, told: str, to: str = path) -> None:
            router.add_api_route(
                to,
                handle,
                methods=[method],
                status_code=201 if method == "POST" else 200,
                response_model=model,
                name=f"{handle.__name__} {self.called}",
                description=told,
            )

        add(propose, "POST", ProposalView, told)
        add(newest, "GET", Page[self.view], f"The newest version of each {self.called} that one may see.")
        add(one, "GET", self.view, f"One {self.called}.", path + "/{id}")

    async def load(self, tx: Connection, id: str, version: int | None = None) -> ViewT:
        """One version, the newest without a number. Raises `Problem` 404."""
        return self.of(await one_row(tx, self.kind, id, version, called=self.called))

    def of(self, row: Mapping[str, Any]) -> ViewT:
        return self.view(**{**dict(row), "content": json.loads(row["content"])})

    async def _propose(
        self, caller: Principal, store: Store, key: str, request: Request, body: Json, check: Check | None
    ) -> Response:
        id, content = named(caller.tenant, body, self.given)

        async def effect(tx: Connection) -> Answer:
            if check is not None:
                await check(tx, caller.tenant, content)
            version = await proposals.next_version(tx, self.kind, id)
            given: Json = {"id": id, self.owner: caller.tenant, "version": version}
            subject = write(accepted(self.read({**content, **given}), self.called))
            return await proposals.put_forward(tx, self.kind, subject, acting(caller, request, store))

        return await store.write(request, caller, key, effect)
