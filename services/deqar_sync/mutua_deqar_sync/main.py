"""Composition root of the registry's mirror: `python -m mutua_deqar_sync migrate | worker | api | accept`."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import asyncpg

from mutua_deqar_sync import store
from mutua_deqar_sync.api import routes
from mutua_deqar_sync.client import DeqarClient
from mutua_deqar_sync.full_pass import FullPass, Thoroughness
from mutua_deqar_sync.mirror import Mirror
from mutua_deqar_sync.rounds import Rhythm, Rounds
from mutua_deqar_sync.settings import Settings
from mutua_deqar_sync.source import Source
from mutua_deqar_sync.store import Store
from mutua_deqar_sync.transport import Manners
from mutua_kernel.http.application import run_api
from mutua_kernel.migrate import migrate
from mutua_kernel.server import run
from mutua_kernel.settings import ServiceSettings
from mutua_kernel.worker import Job, Parts, Stream, run_worker

SERVICE = "deqar_sync"
_CATCH_UP_SHARE = 1 / 3
"""Of the time between increments: for details that were never read."""
_CATCH_UP_RATE = 10.0
"""Requests a second that this counts with where there is no limit."""


def main() -> None:
    """Runs the part that the first argument names."""
    match sys.argv[1:]:
        case ["migrate"]:
            print(migrate("mutua_deqar_sync", _shared().database_url.get_secret_value(), SERVICE))  # noqa: T201
        case ["worker"]:
            run(_worker(Settings()))  # pyright: ignore[reportCallIssue] (the environment fills it)
        case ["api"]:
            run(_api(_shared()))
        case ["accept"]:
            asyncio.run(_accept(_shared()))
        case _:
            sys.exit("usage: python -m mutua_deqar_sync migrate | worker | api | accept")


def _shared() -> ServiceSettings:
    """What every service is told: only the worker has to know the registry."""
    return ServiceSettings()  # pyright: ignore[reportCallIssue] (the environment fills it)


async def _api(settings: ServiceSettings) -> None:
    await run_api(
        settings,
        SERVICE,
        title="Mutua registry",
        summary="The quality-assurance registry as a change feed, a dump and a coverage rule.",
        routers=[routes.router],
    )


async def _worker(settings: Settings) -> None:
    async def compose(parts: Parts) -> tuple[Sequence[Stream], Sequence[Job]]:
        rounds = make_rounds(settings, parts)
        parts.health.ready["registry"] = rounds.ready
        return [], [Job("mirror", rounds.step), Job("tombstones", rounds.bury)]

    await run_worker(settings, SERVICE, compose)


def make_rounds(settings: Settings, parts: Parts) -> Rounds:
    """The mirror's work, put together. The client lives as long as the process."""
    manners = Manners(
        rate=settings.deqar_rate, timeout=settings.deqar_timeout, user_agent=settings.deqar_user_agent
    )

    def token() -> str:
        return settings.deqar_token_file.read_text("utf-8").strip()

    source = Source(DeqarClient.open(settings.deqar_url, token(), manners))
    mine = Store(parts.pool, parts.sealer, parts.clock, f"{settings.instance}/{uuid4()}")
    mirror = Mirror(source, mine, details_at_once=settings.deqar_details_at_once)
    thoroughness = Thoroughness(
        refresh=settings.deqar_refresh,
        refresh_after=timedelta(seconds=settings.deqar_refresh_after),
        gaps=settings.deqar_gaps,
    )
    full_pass = FullPass(mirror, thoroughness)
    rhythm = Rhythm(settings.deqar_full_every, settings.deqar_increment_every, settings.deqar_retry_every)
    rate = settings.deqar_rate or _CATCH_UP_RATE
    catch_up = int(rate * settings.deqar_increment_every * _CATCH_UP_SHARE)
    return Rounds(full_pass, mirror, parts.pool, parts.clock, rhythm, token, catch_up)


async def _accept(settings: ServiceSettings) -> None:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        await store.accept_shrink(connection)
    finally:
        await connection.close()
    print("the next two complete passes may lose as many rows as the registry says")  # noqa: T201
