"""`python -m ledger`: the ledger as a process of its own, so that it can be killed."""

from collections.abc import Sequence

from ledger.handlers import handle
from mutua_kernel.server import run
from mutua_kernel.settings import ServiceSettings
from mutua_kernel.worker import Job, Parts, Stream, run_worker


async def compose(_parts: Parts) -> tuple[Sequence[Stream], Sequence[Job]]:
    return [Stream("ledger", ("mutua.credential",), handle)], []


run(run_worker(ServiceSettings(), "ledger", compose))  # pyright: ignore[reportCallIssue]
