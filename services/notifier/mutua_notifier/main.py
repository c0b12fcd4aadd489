"""Composition root of the notifier: `python -m mutua_notifier migrate | worker | api`."""

import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

from fastapi import FastAPI

from mutua_kernel.http.application import run_api
from mutua_kernel.migrate import migrate
from mutua_kernel.outbound import Outbound
from mutua_kernel.relay import Wakeup
from mutua_kernel.server import run
from mutua_kernel.worker import Job, Parts, Stream, run_worker
from mutua_notifier import api, store
from mutua_notifier.domain.signing import KeyBox
from mutua_notifier.handlers import feed_handler
from mutua_notifier.settings import Settings
from mutua_notifier.webhooks import Sender

SERVICE = "notifier"


def main() -> None:
    """Runs the part that the first argument names."""
    settings = Settings()  # pyright: ignore[reportCallIssue] (the environment fills it)
    match sys.argv[1:]:
        case ["migrate"]:
            print(migrate("mutua_notifier", settings.database_url.get_secret_value(), SERVICE))  # noqa: T201
        case ["worker"]:
            run(_worker(settings))
        case ["api"]:
            run(_api(settings))
        case _:
            sys.exit("usage: python -m mutua_notifier migrate | worker | api")


async def _worker(settings: Settings) -> None:
    async def compose(parts: Parts) -> tuple[Sequence[Stream], Sequence[Job]]:
        wakeup = Wakeup()
        outbound = _outbound(settings)
        sender = Sender(
            parts.pool,
            KeyBox(settings.vault_key_file.read_bytes()),
            outbound,
            parts.clock,
            at_once=settings.deliveries_at_once,
            wakeup=wakeup,
        )

        async def trim() -> float:
            async with parts.pool.acquire() as connection:
                await store.trim(connection, settings.feed_days)
            return 3600.0

        streams = [Stream("feed", ("mutua.recognition",), feed_handler(wakeup.set))]
        return streams, [Job("webhooks", sender.step), Job("trim", trim)]

    # Nothing is published from here: the feed and the webhooks are its way out.
    await run_worker(settings, SERVICE, compose, relay=False)


async def _api(settings: Settings) -> None:
    async def extend(app: FastAPI, stack: AsyncExitStack) -> None:
        outbound = _outbound(settings)
        stack.push_async_callback(outbound.close)
        app.state.outbound = outbound
        app.state.key_box = KeyBox(settings.vault_key_file.read_bytes())

    await run_api(
        settings,
        SERVICE,
        title="Mutua notifier",
        summary="What was decided: a cursor feed and signed webhooks.",
        routers=[api.router],
        extend=extend,
    )


def _outbound(settings: Settings) -> Outbound:
    return Outbound(
        allow_loopback=settings.allow_loopback,
        local_hosts=settings.local_hosts,
        seconds=settings.webhook_seconds,
    )
