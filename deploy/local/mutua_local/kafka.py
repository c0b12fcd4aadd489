"""Apache Kafka in KRaft mode on loopback, one or three nodes by the same code, without containers.

Each node is broker and controller, has its own data, bounded heap and log, and can be stopped, killed,
paused and started again by itself over the same data and ports. Settings are those of a production cluster
wherever that costs nothing; the time-outs are short so that a killed node is noticed within seconds.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from mutua_local.errors import StackError
from mutua_local.files import write_atomically
from mutua_local.java import Java
from mutua_local.ports import LOOPBACK, answers
from mutua_local.processes import Command, Processes, wait_until

STARTED = "Kafka Server started"
START_SECONDS = 90.0
HEAP = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC")

LOGGING = """Configuration:
  Appenders:
    Console:
      name: console
      PatternLayout: {pattern: "%d{ISO8601} %p %c{1} %m%n"}
  Loggers:
    Root: {level: info, AppenderRef: {ref: console}}
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """A node's place in the cluster: its number, its ports and the id of its data folder."""

    number: int
    port: int
    controller_port: int
    directory_id: str


def kafka_uuid() -> str:
    """A Kafka id: 16 random bytes as 22 characters of base64url; a leading `-` would read as an option."""
    while (text := base64.urlsafe_b64encode(uuid.UUID(bytes=secrets.token_bytes(16)).bytes).decode()[:22])[
        0
    ] == "-":
        pass
    return text


class KafkaNode:
    """One server process of a cluster."""

    def __init__(self, cluster: KafkaCluster, seat: Seat) -> None:
        self._cluster = cluster
        self.seat = seat
        self.name = f"kafka-{seat.number}"
        self.folder = cluster.folder / f"node-{seat.number}"
        self.log = self.folder / "server.log"

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"{LOOPBACK}:{self.seat.port}"

    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._cluster.processes.running(self.name) is not None

    def start(self, *, wait: bool = True) -> None:
        """Start over the data that is there; nothing happens when it already runs."""
        if not self.is_running():
            self._rotate_log()
            properties = self.folder / "server.properties"
            command = self._cluster.java_command("kafka.Kafka", str(properties))
            self._cluster.processes.spawn(
                Command(self.name, tuple(command), self.log, folder=self.folder, grace=15.0)
            )
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the server says that it has started; raises StackError KAFKA_NOT_STARTED."""
        wait_until(self._is_ready, alive=self.is_running, seconds=START_SECONDS, failure=self.failure)

    def stop(self) -> None:
        """End in good order (leadership is handed over), or after 15 seconds by force."""
        self._cluster.processes.stop(self.name)

    def kill(self) -> None:
        """SIGKILL."""
        self._cluster.processes.kill(self.name)

    def pause(self) -> None:
        """SIGSTOP: the node hangs without being gone."""
        self._cluster.processes.pause(self.name)

    def resume(self) -> None:
        """SIGCONT."""
        self._cluster.processes.resume(self.name)

    def restart(self) -> None:
        """Stop in good order and start again."""
        self.stop()
        self.start()

    def format(self) -> None:
        """Prepare the data folder once; a format that was interrupted is done anew."""
        done = self.folder / "formatted"
        write_atomically(self.folder / "server.properties", _properties(self._cluster.settings(self)))
        write_atomically(self.folder / "log4j2.yaml", LOGGING)
        if done.exists():
            return
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        arguments = ["format", "-t", self._cluster.cluster_id, "-c", str(self.folder / "server.properties")]
        tool = self._cluster.java_command(
            "kafka.tools.StorageTool", *arguments, *self._cluster.format_arguments()
        )
        self._rotate_log()
        code = self._cluster.processes.run(Command("format", tuple(tool), self.log), START_SECONDS)
        if code != 0:
            raise self.failure(f"formatting its data ended with {code}")
        done.touch()

    def failure(self, found: str) -> StackError:
        """The error of a node that did not come up."""
        return StackError(
            "KAFKA_NOT_STARTED",
            found=f"{self.name}: {found}",
            expected=f"Apache Kafka listening on {self.address}",
            fix="read the log; `--broker preview` goes on without Java, `mutua down --purge` starts over",
            log=self.log,
        )

    def _is_ready(self) -> bool:
        return STARTED in self.log.read_text(errors="replace") and answers(self.seat.port)

    def _rotate_log(self) -> None:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))


class KafkaCluster:
    """One or three nodes, as many as its data is for or one where `nodes` is None.

    `ports` gives the port of a name such as `kafka-1-controller`, always the same.
    """

    kind = "kafka"

    def __init__(
        self,
        folder: Path,
        processes: Processes,
        *,
        java: Java,
        jars: Path,
        ports: Callable[[str], int],
        nodes: int | None = None,
        reason: str = "asked for",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        assert nodes in (None, 1, 3), "a quorum of one or of three"
        if re.search(r"[,\\\n]", str(folder)):
            raise StackError(
                "FOLDER_NAME_UNUSABLE",
                found=f"a comma or backslash in {folder}",
                expected="a data folder that Kafka's configuration can name",
                fix="choose another with --data",
            )
        self.folder = folder
        self.processes = processes
        self.reason = reason
        self._java = java
        self._jars = jars
        self._settings = dict(settings or {})
        folder.mkdir(parents=True, exist_ok=True)
        self.cluster_id, seats = _seats(folder / "cluster.json", nodes, ports)
        self.nodes: Sequence[KafkaNode] = tuple(KafkaNode(self, seat) for seat in seats)

    @property
    def bootstrap(self) -> str:
        """The addresses for clients, separated by commas."""
        return ",".join(node.address for node in self.nodes)

    def is_running(self) -> bool:
        """Whether every node lives."""
        return all(node.is_running() for node in self.nodes)

    def start(self) -> None:
        """Format what is new, start what does not run, wait until all of it is ready."""
        for node in self.nodes:
            node.folder.mkdir(parents=True, exist_ok=True)
        self._each(KafkaNode.format)
        for node in self.nodes:
            node.start(wait=False)
        self._each(KafkaNode.wait_ready)

    def stop(self) -> None:
        """Stop all nodes at once."""
        self._each(KafkaNode.stop)

    def kill(self) -> None:
        """SIGKILL to every node."""
        self._each(KafkaNode.kill)

    def delete(self) -> None:
        """Kill and remove the data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def java_command(self, *arguments: str) -> list[str]:
        """A JVM with Kafka's class path."""
        logging = self.folder / "node-1" / "log4j2.yaml"
        options = [*HEAP, f"-Dlog4j2.configurationFile={logging.as_uri()}", "-Djava.awt.headless=true"]
        return [self._java.program, *options, "-cp", f"{self._jars}/*", *arguments]

    def format_arguments(self) -> list[str]:
        """How a data folder learns who the first controllers are."""
        if len(self.nodes) == 1:
            return ["--standalone"]
        voters = [
            f"{n.seat.number}@{LOOPBACK}:{n.seat.controller_port}:{n.seat.directory_id}" for n in self.nodes
        ]
        return ["--initial-controllers", ",".join(voters)]

    def settings(self, node: KafkaNode) -> dict[str, str]:
        """The server.properties of one node."""
        copies = str(len(self.nodes))
        in_sync = str(max(1, len(self.nodes) - 1))
        controllers = ",".join(f"{LOOPBACK}:{n.seat.controller_port}" for n in self.nodes)
        client, controller = node.address, f"{LOOPBACK}:{node.seat.controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.seat.number),
            "controller.quorum.bootstrap.servers": controllers,
            "listeners": f"PLAINTEXT://{client},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{client},CONTROLLER://{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(node.folder / "data"),
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "broker.heartbeat.interval.ms": "500",
            "broker.session.timeout.ms": "3000",
            "log.cleaner.dedupe.buffer.size": "16777216",
            "num.network.threads": "2",
            "num.io.threads": "4",
            **self._settings,
        }

    def _each(self, action: Callable[[KafkaNode], None]) -> None:
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(action, self.nodes))


def _properties(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _seats(file: Path, nodes: int | None, ports: Callable[[str], int]) -> tuple[str, list[Seat]]:
    """The cluster's id and seats: drawn once, then read; client ports may move, the quorum's may not."""
    known = json.loads(file.read_text()) if file.exists() else None
    if known is not None and nodes not in (None, len(known["seats"])):
        raise StackError(
            "KAFKA_NODES_DIFFER",
            found=f"data of a cluster with {len(known['seats'])} nodes",
            expected=f"{nodes} as asked for",
            fix="ask for the same number, or remove the data with `mutua down --purge`",
        )
    count = len(known["seats"]) if known else nodes or 1
    cluster_id = known["cluster_id"] if known else kafka_uuid()
    seats = [
        Seat(
            number,
            ports(f"kafka-{number}"),
            known["seats"][number - 1]["controller_port"] if known else ports(f"kafka-{number}-controller"),
            known["seats"][number - 1]["directory_id"] if known else kafka_uuid(),
        )
        for number in range(1, count + 1)
    ]
    write_atomically(
        file, json.dumps({"cluster_id": cluster_id, "seats": [asdict(s) for s in seats]}, indent=1)
    )
    return cluster_id, seats
