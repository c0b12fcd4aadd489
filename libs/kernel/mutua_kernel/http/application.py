"""The application of a service's public API, with everything that is alike in all of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from mutua_kernel import health
from mutua_kernel.clock import Clock, SystemClock
from mutua_kernel.database import open_pool
from mutua_kernel.http import operations, problems
from mutua_kernel.http.auth import TokenChecker
from mutua_kernel.http.limits import BodyLimit, Observed
from mutua_kernel.http.problems import ProblemBody
from mutua_kernel.http.writes import Store
from mutua_kernel.outbox import Sealer
from mutua_kernel.server import HttpServer, stop_signal
from mutua_kernel.settings import ServiceSettings
from mutua_kernel.worker import configure_telemetry

ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457) with a stable `code`.",
        "content": {
            problems.MEDIA_TYPE: {
                "schema": ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
            }
        },
    }
}


def build(
    *,
    title: str,
    summary: str,
    settings: ServiceSettings,
    store: Store,
    checker: TokenChecker,
    routers: Sequence[APIRouter],
    larger: Mapping[str, int] | None = None,
) -> FastAPI:
    """The ASGI application: routes, problems, limits, operators' routes, OpenAPI 3.1 under /openapi.json.

    `larger` are paths whose bodies may be larger than others', in bytes.
    """
    app = FastAPI(
        title=title,
        summary=summary,
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=ERRORS,
        # Its own spans hold paths and queries, which may name a person; ours hold the route's template.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.store = store
    app.state.token_checker = checker
    app.state.settings = settings
    problems.install(app)
    for router in (*routers, operations.router):
        app.include_router(router)
    checks = health.Health()
    checks.ready["database"] = _database(store)
    app.router.routes.extend(health.routes(checks))
    app.add_middleware(BodyLimit, most=settings.max_body_bytes, larger=larger or {})
    app.add_middleware(Observed)
    return app


def _database(store: Store) -> health.Check:
    async def check() -> str | None:
        try:
            async with store.pool.acquire(timeout=2) as connection:
                await connection.fetchval("select 1", timeout=2)
        except (OSError, TimeoutError) as error:
            return f"found {type(error).__name__}, expected the database to answer"
        return None

    return check


Extend = Callable[[FastAPI, AsyncExitStack], Awaitable[None]]


@asynccontextmanager
async def opened(
    settings: ServiceSettings, service: str, clock: Clock
) -> AsyncGenerator[tuple[Store, TokenChecker]]:
    """The store and the token checker of an API process, closed at the end."""
    async with AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        pool = await open_pool(url, name=f"{service}-api", size=settings.pool_size)
        stack.push_async_callback(pool.close)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=5, follow_redirects=False))
        checker = TokenChecker(settings.oidc_issuers, settings.oidc_audience, client=client, clock=clock)
        yield Store(pool, Sealer(service, shards=settings.relay_shards), clock), checker


async def run_api(
    settings: ServiceSettings,
    service: str,
    *,
    title: str,
    summary: str,
    routers: Sequence[APIRouter],
    extend: Extend | None = None,
    larger: Mapping[str, int] | None = None,
) -> None:
    """Runs a service's API until it is asked to stop. `extend` may put more into `app.state`."""
    configure_telemetry(settings, f"{service}-api")
    asked = stop_signal(within=settings.stop_seconds)
    async with AsyncExitStack() as stack:
        store, checker = await stack.enter_async_context(opened(settings, service, SystemClock()))
        app = build(
            title=title,
            summary=summary,
            settings=settings,
            store=store,
            checker=checker,
            routers=routers,
            larger=larger,
        )
        if extend is not None:
            await extend(app, stack)
        server = HttpServer(app, host=settings.http_host, port=settings.http_port)
        await server.start()
        await asked.wait()
        await server.stop()
