"""Which broker a stack uses, and why.

In order: the address that was given; Apache Kafka where a JDK 17+ and the jars are at hand or can be
fetched; the preview broker. The choice carries its reason as a sentence, is made once for a stack's data,
and can be forced.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from mutua_local.errors import StackError
from mutua_local.files import write_atomically
from mutua_local.java import Java, Missing, find_jars, find_java
from mutua_local.kafka import KafkaCluster
from mutua_local.preview import PreviewBroker
from mutua_local.processes import Processes

Kind = Literal["kafka", "preview", "address"]


class Node(Protocol):
    """One server process of a broker that the stack runs."""

    name: str
    log: Path

    def is_running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def restart(self) -> None: ...


class Broker(Protocol):
    """What speaks Kafka's protocol; `nodes` is empty where somebody else runs it."""

    @property
    def kind(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def bootstrap(self) -> str: ...
    @property
    def nodes(self) -> Sequence[Node]: ...

    def is_running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def delete(self) -> None: ...


@dataclass(frozen=True, slots=True)
class GivenBroker:
    """A broker that runs already: the stack neither starts nor stops it."""

    bootstrap: str
    reason: str
    kind: str = "address"
    nodes: Sequence[Node] = ()

    def is_running(self) -> bool:
        """Taken for granted: creating the topics will tell."""
        return True

    def start(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""

    def delete(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision about the broker: what, why, and what it needs."""

    kind: Kind
    reason: str
    address: str | None = None
    java: Java | None = None
    jars: Path | None = None


def choose(wish: str | None, say: Callable[[str], None]) -> Choice:
    """The broker for `wish`: "kafka", "preview", an address, or None for the best that this machine can run.

    Raises StackError BROKER_UNKNOWN for a wish that is none of these, KAFKA_IMPOSSIBLE when Kafka was asked
    for.
    """
    if wish == "preview":
        return Choice("preview", "asked for")
    if wish is None and (address := os.environ.get("MUTUA_KAFKA_BOOTSTRAP")):
        return Choice("address", "MUTUA_KAFKA_BOOTSTRAP is set", address=address)
    if wish is not None and wish != "kafka":
        return Choice("address", "asked for", address=_checked(wish))
    java = find_java()
    jars = find_jars(say) if isinstance(java, Java) else Missing("not looked for")
    if isinstance(java, Java) and isinstance(jars, Path):
        why = "asked for" if wish else f"Java {java.version} and Kafka's jars are at hand"
        return Choice("kafka", why, java=java, jars=jars)
    lacking = java.reason if isinstance(java, Missing) else jars.reason if isinstance(jars, Missing) else ""
    if wish == "kafka":
        raise StackError(
            "KAFKA_IMPOSSIBLE",
            found=lacking,
            expected="a JDK 17+ and Kafka's jars, or Maven to fetch them",
            fix="install them, set JAVA_HOME or MUTUA_KAFKA_JARS, or leave out `--broker kafka`",
        )
    return Choice("preview", f"Apache Kafka cannot run here: {lacking}")


def build(
    choice: Choice,
    folder: Path,
    processes: Processes,
    ports: Callable[[str], int],
    *,
    nodes: int | None = None,
) -> Broker:
    """The broker of a choice with its data below `folder`, not yet started."""
    if choice.kind == "address":
        assert choice.address is not None
        return GivenBroker(choice.address, choice.reason)
    if choice.kind == "preview":
        return PreviewBroker(
            folder / "preview", processes, port=ports("preview-broker"), reason=choice.reason
        )
    assert choice.java is not None
    assert choice.jars is not None
    return KafkaCluster(
        folder / "kafka",
        processes,
        java=choice.java,
        jars=choice.jars,
        ports=ports,
        nodes=nodes,
        reason=choice.reason,
    )


def _checked(address: str) -> str:
    for part in address.split(","):
        host, colon, port = part.strip().rpartition(":")
        if not (host and colon and port.isdigit() and 0 < int(port) < 65_536):
            raise StackError(
                "BROKER_UNKNOWN",
                found=repr(address),
                expected="kafka, preview, or addresses HOST:PORT separated by commas",
                fix="correct --broker",
            )
    return address


def start(
    wish: str | None,
    folder: Path,
    processes: Processes,
    ports: Callable[[str], int],
    *,
    nodes: int | None = None,
    say: Callable[[str], None],
) -> Broker:
    """Choose, build and start a broker below `folder`; a kind that has data there stays the choice.

    Where nobody asked for Kafka and it does not start the first time, the preview broker takes its place
    with the reason. Raises what `choose` raises, BROKER_DIFFERS, and what a broker raises that does not
    start.
    """
    note = folder / "kind"
    known = note.read_text() if note.exists() else None
    if wish is None and known in ("kafka", "preview") and "MUTUA_KAFKA_BOOTSTRAP" not in os.environ:
        choice = replace(choose(known, say), reason="holds this stack's events already")
    else:
        choice = choose(wish, say)
    if known not in (None, choice.kind):
        raise StackError(
            "BROKER_DIFFERS",
            found=f"a stack whose events are on the broker of kind `{known}`",
            expected=f"the same kind, not `{choice.kind}`",
            fix=f"give `--broker {known}`, or start over with `mutua down --purge`",
        )
    try:
        broker = _started(choice, folder, processes, ports, nodes)
    except StackError as error:
        if choice.kind != "kafka" or wish == "kafka" or known is not None:
            raise
        shutil.rmtree(folder / "kafka", ignore_errors=True)
        choice = Choice("preview", f"Apache Kafka did not start: {error.found}")
        broker = _started(choice, folder, processes, ports, None)
    write_atomically(note, choice.kind)
    return broker


def _started(
    choice: Choice, folder: Path, processes: Processes, ports: Callable[[str], int], nodes: int | None
) -> Broker:
    """The broker of a choice, running; a part of it that was started is stopped where the rest does not."""
    broker = build(choice, folder, processes, ports, nodes=nodes)
    try:
        broker.start()
    except StackError:
        broker.stop()
        raise
    return broker
