"""`python -m ledger [worker | relay | api]`: the ledger as processes, so that they can be killed."""

import sys
from collections.abc import Sequence

from ledger import api
from ledger.handlers import handle
from mutua_kernel.http.application import run_api
from mutua_kernel.server import run
from mutua_kernel.settings import ServiceSettings
from mutua_kernel.worker import Job, Parts, Stream, run_worker


async def compose(_parts: Parts) -> tuple[Sequence[Stream], Sequence[Job]]:
    return [Stream("ledger", ("mutua.credential",), handle)], []


async def nothing(_parts: Parts) -> tuple[Sequence[Stream], Sequence[Job]]:
    """A process that only publishes."""
    return [], []


settings = ServiceSettings.model_validate({})
match sys.argv[1:]:
    case ["api"]:
        title, summary = "Ledger", "Facts for the tests of the kernel."
        routers = [api.router]
        run(run_api(settings, "ledger", title=title, summary=summary, routers=routers, extend=api.extend))
    case ["relay"]:
        run(run_worker(settings, "ledger", nothing))
    case _:
        run(run_worker(settings, "ledger", compose))
