"""`python -m tests.bench.registry`: what mirroring the registry costs beside what the registry itself costs.

A simulated registry of full size runs in a process of its own, with an embedded PostgreSQL beside it. An
empty mirror is filled, every detail included, and compared with a bare loop that fetches the same addresses
in the same order and throws the bodies away. Then nothing changes, then one report in a hundred does.
Targets are printed beside the figures; what must be exact is asserted. The full profile takes about half an
hour.
"""

import argparse
import asyncio
import contextlib
import json
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from mutua_deqar_sync.alone.sync import Outcome, Wish, sync
from mutua_deqar_sync.transport import Manners, Traffic
from mutua_local.folder import StackFolder
from mutua_local.places import delete_data
from mutua_local.postgres import EmbeddedPostgres
from mutua_local.roles import with_database
from tests.bench.report import machine, progress

TOKEN = "a-token-of-the-bench"
NOW = "2026-11-16T09:00:00Z"
POLITE = 2.0
SNAPSHOT = "eu.mutua.registry.snapshot_completed.v1"
_SAMPLE_SECONDS = 0.25
_TOLD_SECONDS = 5


@dataclass(slots=True)
class Run:
    """One sync: wall and CPU seconds, what its traffic cost, and the memory of this process meanwhile."""

    outcome: Outcome
    seconds: float
    cpu: float
    memory: list[float] = field(default_factory=list[float])

    @property
    def traffic(self) -> Traffic:
        assert self.outcome.traffic is not None
        return self.outcome.traffic

    @property
    def own(self) -> float:
        """Seconds that were not spent waiting for the registry: client and store."""
        return self.seconds - self.traffic.seconds - self.traffic.paused


class Shown:
    """Tells how far a long part is, every few seconds."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._expected = self._done = 0
        self._next = 0.0

    def phase(self, name: str) -> None:
        pass

    def expect(self, rows: int) -> None:
        self._expected += rows

    def done(self, rows: int = 1) -> None:
        self._done += rows
        if (now := time.monotonic()) >= self._next:
            progress(f"{self._part}: {self._done:,} of {self._expected:,}")
            self._next = now + _TOLD_SECONDS


class Registry:
    """The simulator, seen from outside: its control API and the addresses that were asked for."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process
        self._control = httpx.Client(base_url=f"{url}/_control/", timeout=600)

    def reports(self) -> int:
        return int(self._control.get("state").json()["reports"])

    def served(self) -> list[str]:
        """Addresses asked for since the last look, in order."""
        found: list[str] = self._control.get("faults").json()["served"]
        self._control.delete("faults")
        return found

    def end_reports(self, keys: list[int]) -> None:
        """A silent edit of a fact: no date of update moves."""
        for key in keys:
            answer = self._control.post("actions/end_report", json={"id": key, "valid_to": "2039-12-31"})
            answer.raise_for_status()


@contextmanager
def simulated(profile: str) -> Generator[Registry]:
    command = [sys.executable, "-m", "mutua_local.deqar", "--profile", profile, "--port", "0", "--control"]
    options = ["--token", TOKEN, "--now", NOW]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "registry simulator ready: " in line)
            yield Registry(line.split("ready: ")[1].split()[0], process)
        finally:
            process.terminate()


@contextmanager
def postgres() -> Generator[str]:
    """The superuser's address of a server that is removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="mutua-bench-"))
    path.chmod(0o711)  # PostgreSQL may run as another user and must be able to pass
    folder = StackFolder(path)
    server = EmbeddedPostgres(
        path / "postgres", folder.processes, port=folder.port("postgres"), password=secrets.token_hex(8)
    )
    try:
        server.start()
        yield server.admin_url
    finally:
        for name in reversed(folder.processes.records()):
            folder.processes.stop(name)
        delete_data(path / "postgres")
        shutil.rmtree(path, ignore_errors=True)


async def fresh_database(admin_url: str) -> str:
    name = f"bench_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"create database {name}")
    finally:
        await connection.close()
    return with_database(admin_url, name)


async def told(database: str) -> int:
    """Events about rows that wait in the outbox: nothing takes them away here."""
    connection = await asyncpg.connect(database)
    try:
        found = await connection.fetchval("select count(*) from deqar_sync.outbox where type <> $1", SNAPSHOT)
    finally:
        await connection.close()
    return int(found)


async def mirrored(url: str, database: str, part: str) -> Run:
    """One run of the command's own code, as fast as the registry answers."""
    wish = Wish(url, TOKEN, tell=True, manners=Manners(rate=0))
    began, cpu = time.monotonic(), time.process_time()
    async with memory_watched() as memory:
        outcome = await sync(database, wish, Shown(part))
    assert outcome.exit_code == 0, outcome
    return Run(outcome, time.monotonic() - began, time.process_time() - cpu, memory)


@asynccontextmanager
async def memory_watched() -> AsyncGenerator[list[float]]:
    """Megabytes of this process, a few times a second."""
    samples: list[float] = []
    process = psutil.Process()

    async def watch() -> None:
        while True:
            samples.append(process.memory_info().rss / 1e6)
            await asyncio.sleep(_SAMPLE_SECONDS)

    task = asyncio.create_task(watch())
    try:
        yield samples
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def bare(url: str, addresses: list[str]) -> float:
    """Seconds to fetch the same addresses in the same order over one connection, and to forget the bodies."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    began, shown = time.monotonic(), Shown("fetching the same addresses bare")
    shown.expect(len(addresses))
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=600) as http:
        for address in addresses:
            answer = await http.get(address)
            assert answer.status_code in (200, 404), answer
            shown.done()
    return time.monotonic() - began


def line(says: str, found: str, target: str = "") -> None:
    print(f"  {says:<72} {found:>14}   {target}")


async def measure(registry: Registry, admin_url: str, alternations: int) -> dict[str, Any]:
    reports = registry.reports()
    registry.served()
    pairs: list[tuple[Run, float]] = []
    database, addresses = "", list[str]()
    for number in range(alternations):
        database = await fresh_database(admin_url)
        loop = await bare(registry.url, addresses) if number % 2 else None
        registry.served()
        run = await mirrored(registry.url, database, f"filling {number + 1} of {alternations}, rows")
        addresses = registry.served()
        pairs.append((run, await bare(registry.url, addresses) if loop is None else loop))

    before = await told(database)
    idle = await mirrored(registry.url, database, "reading again what has not changed, rows")
    idle_events = await told(database) - before

    changed = list(range(7, reports + 1, 100))
    progress(f"changing {len(changed):,} of {reports:,} reports")
    await asyncio.to_thread(registry.end_reports, changed)
    before = await told(database)
    again = await mirrored(registry.url, database, "reading what has changed, rows")
    changed_events = await told(database) - before

    runs = [run for run, _ in pairs]
    quarter = [statistics.median(run.memory[len(run.memory) // 4 :][:8]) for run in runs]
    return {
        "reports": reports,
        "requests": len(addresses),
        "polite": len(addresses) / POLITE,
        "own": statistics.median(run.own for run in runs),
        "own_cpu": statistics.median(run.cpu for run in runs),
        "share": statistics.median(run.own / (run.traffic.requests / POLITE) for run in runs),
        "ratio": statistics.median(loop / run.seconds for run, loop in pairs),
        "rows_per_second": statistics.median(reports / run.seconds for run in runs),
        "memory_quarter": statistics.median(quarter),
        "memory_peak": max(max(run.memory) for run in runs),
        "memory_end": statistics.median(run.memory[-1] for run in runs),
        "idle_events": idle_events,
        "idle_seconds": idle.seconds,
        "changed": len(changed),
        "changed_events": changed_events,
        "changed_seconds": again.seconds,
    }


def show(found: dict[str, Any]) -> None:
    print()
    line(f"registry of {found['reports']:,} reports: requests of one filling", f"{found['requests']:,}")
    line(f"what they take at the polite rate of {POLITE:g} a second, in seconds", f"{found['polite']:,.0f}")
    line("client and store meanwhile, seconds (median)", f"{found['own']:.1f}")
    line("  of these, CPU of this process", f"{found['own_cpu']:.1f}")
    line("client and store, share of the polite wall time", f"{found['share']:.1%}", "target at most 10 %")
    line("without rate limit, speed beside a bare fetch loop", f"{found['ratio']:.2f}", "target 0.50")
    line("reports mirrored a second", f"{found['rows_per_second']:,.0f}")
    line("memory after a quarter of the run, MB", f"{found['memory_quarter']:.0f}")
    line("memory at its peak, MB", f"{found['memory_peak']:.0f}", "target flat")
    line("memory at the end, MB", f"{found['memory_end']:.0f}")
    line("events when nothing has changed", f"{found['idle_events']}", "must be 0")
    line("  seconds of that reading", f"{found['idle_seconds']:.0f}")
    line(
        f"events when {found['changed']:,} reports have changed",
        f"{found['changed_events']:,}",
        f"must be {found['changed']:,}",
    )
    line("  seconds of that reading", f"{found['changed_seconds']:.0f}")
    print(f"\n  machine: {machine()}\n")


def main() -> None:
    """Reads the options, starts the servers, measures, prints; fails where an exact figure is not exact."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.registry", description=__doc__)
    parser.add_argument("--profile", choices=["small", "full"], default="full")
    parser.add_argument("--alternations", type=int, default=1, help="fillings that are compared")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    progress("starting PostgreSQL, and loading the registry")
    with postgres() as admin_url, simulated(options.profile) as registry:
        found = asyncio.run(measure(registry, admin_url, options.alternations))
    progress("")
    show(found)
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if found["idle_events"] or found["changed_events"] != found["changed"]:
        sys.exit("the mirror told changes that did not happen, or kept some to itself")


if __name__ == "__main__":
    main()
