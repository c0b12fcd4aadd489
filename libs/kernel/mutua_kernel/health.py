"""Liveness and readiness: whether a process makes progress, and not whether a ping comes back.

`/livez` fails where only a restart can help; `/readyz` fails where the process is not doing its work now,
and says
which part is not. `/metrics` is Prometheus' text.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[str | None]]
"""Answers None where all is well, or one sentence: what is found, and what was expected."""


@dataclass(slots=True)
class Health:
    """The checks of one process by name."""

    live: dict[str, Check] = field(default_factory=dict)
    ready: dict[str, Check] = field(default_factory=dict)

    async def report(self, checks: dict[str, Check]) -> tuple[bool, dict[str, str]]:
        """Runs `checks`: whether all are well, and what each says."""
        found = {name: await check() for name, check in checks.items()}
        return all(problem is None for problem in found.values()), {
            name: problem or "ok" for name, problem in found.items()
        }


def routes(health: Health) -> list[Route]:
    """The three operators' routes of every process."""

    async def livez(_request: Request) -> Response:
        well, parts = await health.report(health.live)
        return JSONResponse({"alive": well, "parts": parts}, status_code=200 if well else 500)

    async def readyz(_request: Request) -> Response:
        well, parts = await health.report(health.ready)
        return JSONResponse({"ready": well, "parts": parts}, status_code=200 if well else 503)

    async def exposition(_request: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]


def application(health: Health) -> Starlette:
    """An application with nothing but these routes, for processes without an API."""
    return Starlette(routes=routes(health))
