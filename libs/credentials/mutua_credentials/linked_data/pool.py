"""Hashes of canonical RDF, computed by worker processes that are killed when they take too long.

Canonicalising can take forever on a document of a kilobyte. Here it takes at most its deadline and a bounded
memory, in a process of its own, and the caller's process stays responsive: `hashes` blocks only the thread
that calls it (from asyncio, use `asyncio.to_thread`).
"""

import atexit
import hashlib
import json
import os
import queue
import selectors
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Literal, Self

from mutua_credentials.json_text import Refused

DEADLINE = 10.0
"""Seconds for one job, starting a worker included."""
MEMORY_BYTES = 224 * 1024 * 1024
"""Address space of a worker."""
COULD_NOT_TELL = frozenset({"deadline_exceeded", "memory_exceeded", "canonicaliser_died"})
"""Codes that say nothing about the document."""
_CACHED = 2048
_MAX_ANSWER = 64 * 1024
_CHUNK = 64 * 1024

Algorithm = Literal["sha256", "sha384"]


class Canonicaliser:
    """A pool of at most `workers` processes, started when needed, kept warm, and gone after `close`.

    It may be shared by threads. A process that forks must make its own.
    """

    def __init__(
        self, *, workers: int = 1, deadline: float = DEADLINE, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._deadline, self._memory = deadline, memory_bytes
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._slots.put(None)
        self._workers = workers
        self._known: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Start a worker now, without waiting for it: it loads while the caller reads."""
        try:
            worker = self._slots.get_nowait()
        except queue.Empty:
            return
        try:
            worker = worker or _Worker(self._memory)
        finally:
            self._slots.put(worker)

    def hashes(
        self,
        documents: Sequence[Mapping[str, Any]],
        contexts: Mapping[str, Any] | None = None,
        algorithm: Algorithm = "sha256",
    ) -> tuple[bytes, ...] | Refused:
        """The hash of each document's canonical N-Quads, in their order, or why one has none.

        `contexts` are those that the caller vouches for, parsed, by address; they never replace a vendored
        one. Codes: those of `canonical.canonicalise`, and `COULD_NOT_TELL`.
        """
        job = {
            "documents": documents,
            "contexts": contexts or {},
            "algorithm": algorithm,
            "seconds": self._deadline + 1,
        }
        data = json.dumps(job).encode("ascii")
        name = hashlib.sha256(data).digest()
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        found = self._ask(data)
        if isinstance(found, tuple):
            with self._lock:
                self._known[name] = found
                while len(self._known) > _CACHED:
                    self._known.popitem(last=False)
        return found

    def close(self) -> None:
        """End the workers, and wait until they are gone. Jobs under way are waited for."""
        for _ in range(self._workers):
            if worker := self._slots.get():
                worker.kill()
        for _ in range(self._workers):
            self._slots.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, data: bytes) -> tuple[bytes, ...] | Refused:
        """Lend a worker for one job; a worker that failed is replaced by the next job."""
        worker = self._slots.get()
        try:
            if worker and not worker.is_alive():
                worker.kill()
                worker = None
            worker = worker or _Worker(self._memory)
            answer = worker.ask(data, self._deadline)
            if isinstance(answer, Refused):
                worker.kill()
                worker = None
                return answer
        except BaseException:
            if worker:
                worker.kill()
            worker = None
            raise
        finally:
            self._slots.put(worker)
        if "hashes" in answer:
            return tuple(bytes.fromhex(one) for one in answer["hashes"])
        return Refused(*answer["refused"])


_shared: dict[int, Canonicaliser] = {}
_sharing = threading.Lock()


def shared() -> Canonicaliser:
    """One for the whole process, of one worker, closed at its end. A process that was forked gets its own."""
    process = os.getpid()
    with _sharing:
        if process not in _shared:
            _shared[process] = Canonicaliser()
            atexit.register(_close_shared, process)
        return _shared[process]


def _close_shared(process: int) -> None:
    if process == os.getpid():
        _shared.pop(process).close()


class _Worker:
    """One worker process, and the two pipes to it."""

    def __init__(self, memory_bytes: int) -> None:
        # One arena: each thread's own would reserve 64 MiB of the address space that is limited.
        environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
        command = [sys.executable, "-P", "-m", "mutua_credentials.linked_data.worker", str(memory_bytes)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        self._input, self._output = _pipe(self._process.stdin), _pipe(self._process.stdout)
        os.set_blocking(self._input.fileno(), False)
        os.set_blocking(self._output.fileno(), False)

    def ask(self, data: bytes, seconds: float) -> dict[str, Any] | Refused:
        """Send a job and wait for its answer. After a refusal the worker is of no more use."""
        until = time.monotonic() + seconds
        pending = memoryview(len(data).to_bytes(8, "big") + data)
        answer = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(self._input, selectors.EVENT_WRITE)
            ready.register(self._output, selectors.EVENT_READ)
            while not answer.endswith(b"\n"):
                events = ready.select(max(0.0, until - time.monotonic()))
                if not events:
                    return Refused("deadline_exceeded", f"more than {seconds:g} s", f"at most {seconds:g} s")
                for key, _ in events:
                    if key.fileobj is self._input:
                        try:
                            pending = pending[os.write(self._input.fileno(), pending[:_CHUNK]) :]
                        except BrokenPipeError:
                            return self._died()
                        if not pending:
                            ready.unregister(self._input)
                    else:
                        part = os.read(self._output.fileno(), _CHUNK)
                        answer += part
                        if not part or len(answer) > _MAX_ANSWER:
                            return self._died()
        return json.loads(answer)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _died(self) -> Refused:
        self._process.kill()
        found = f"the process that canonicalises ended with {self._process.wait()}"
        return Refused("canonicaliser_died", found, "its answer")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._output.close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("a pipe was asked for and not given")
    return stream
