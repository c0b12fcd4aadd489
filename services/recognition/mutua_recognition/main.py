"""Composition root of recognition: `python -m mutua_recognition migrate | worker | api`."""

import sys
from collections.abc import Sequence

from mutua_kernel.http.application import run_api
from mutua_kernel.migrate import migrate
from mutua_kernel.relay import Wakeup
from mutua_kernel.server import run
from mutua_kernel.worker import Job, Parts, Stream, run_worker
from mutua_recognition import api
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.custody import Custody
from mutua_recognition.evaluation import Evaluations
from mutua_recognition.handlers import credential_handler, projection_handler
from mutua_recognition.inquiries import Inquiries
from mutua_recognition.scheduled import Scheduled
from mutua_recognition.settings import Settings
from mutua_recognition.verifying import Verifiers

SERVICE = "recognition"


def main() -> None:
    """Runs the part that the first argument names."""
    settings = Settings()  # pyright: ignore[reportCallIssue] (the environment fills it)
    match sys.argv[1:]:
        case ["migrate"]:
            print(migrate("mutua_recognition", settings.database_url.get_secret_value(), SERVICE))  # noqa: T201
        case ["worker"]:
            run(_worker(settings))
        case ["api"]:
            run(_api(settings))
        case _:
            sys.exit("usage: python -m mutua_recognition migrate | worker | api")


async def _worker(settings: Settings) -> None:
    verifiers = Verifiers(settings.verify_processes, settings.anchors())
    verifiers.warm()

    async def compose(parts: Parts) -> tuple[Sequence[Stream], Sequence[Job]]:
        queued = Wakeup()
        vault = settings.vault()
        evaluations = Evaluations(
            parts.pool,
            Catalogue(),
            parts.sealer,
            parts.clock,
            at_once=settings.evaluate_at_once,
            budget=settings.trust_budget,
            verifiers=verifiers,
            vault=vault,
            queued=queued,
            published=parts.wakeup,
        )
        credentials = credential_handler(
            Catalogue(), parts.clock, patience=settings.patience_seconds, on_queued=queued.set
        )
        project = projection_handler(parts.clock)
        streams = [
            Stream("issuers", ("mutua.issuer",), project),
            Stream("registry", ("mutua.registry",), project),
            Stream("credentials", ("mutua.credential",), credentials),
        ]
        scheduled = Scheduled(parts.pool, Custody(vault), parts.sealer, parts.clock, parts.wakeup)
        inquiries = Inquiries(parts.pool, Catalogue(), parts.clock, budget=settings.trust_budget)
        jobs = [
            Job("evaluations", evaluations.step),
            Job("scheduled", scheduled.take_effect),
            Job("ending", scheduled.warn),
            Job("inquiries", inquiries.step),
        ]
        return streams, jobs

    try:
        await run_worker(settings, SERVICE, compose)
    finally:
        verifiers.close()


async def _api(settings: Settings) -> None:
    await run_api(
        settings,
        SERVICE,
        title="Mutua recognition",
        summary="Trust, policies, requests for recognition, decisions and reviews.",
        routers=api.routers,
        larger={api.UPLOADS: settings.max_upload_bytes},
        extend=api.extend,
    )
