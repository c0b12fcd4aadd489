"""The process that canonicalises: one job after the other from standard input, one answer each to standard
output.

It ends by itself: at the end of its input (whoever started it is gone), when a job takes longer than its
deadline (the kernel's alarm, which no busy code can hold up), and where memory is exceeded. It opens no
connection and reads no file but the vendored contexts. Jobs and answers are described in `pool`.
"""

import hashlib
import json
import os
import queue
import resource
import signal
import sys
import threading
from typing import Any, BinaryIO

from mutua_credentials.json_text import Refused
from mutua_credentials.linked_data.canonical import canonicalise

LENGTH_BYTES = 8


def main(memory_bytes: int) -> None:
    """Serve until the input ends."""
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(sys.stdin.buffer, jobs), daemon=True)
    reader.start()
    while True:
        answer = _answer(jobs.get())
        sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
        sys.stdout.buffer.flush()


def _limit(kind: int, at_most: int) -> None:
    """Lower a limit; one that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    wanted = at_most if hard == resource.RLIM_INFINITY else min(at_most, hard)
    resource.setrlimit(kind, (wanted, wanted))


def _read(source: BinaryIO, jobs: "queue.SimpleQueue[bytes]") -> None:
    """Take in jobs. At the end of input the process ends, whatever it is doing."""
    try:
        while len(header := source.read(LENGTH_BYTES)) == LENGTH_BYTES:
            jobs.put(source.read(int.from_bytes(header, "big")))
    finally:
        os._exit(0)


def _answer(data: bytes) -> dict[str, Any]:
    try:
        job = json.loads(data, parse_float=_number)
        signal.setitimer(signal.ITIMER_REAL, job["seconds"])
        return _hashes(job)
    except MemoryError:
        return {"refused": ["memory_exceeded", "a document that needs more memory", "a smaller document"]}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _number(text: str) -> float:
    """`5.0` is the integer 5 to JSON-LD, and to every language that has one kind of number."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _hashes(job: dict[str, Any]) -> dict[str, Any]:
    hashes: list[str] = []
    for document in job["documents"]:
        text = canonicalise(document, job["contexts"], algorithm=job["algorithm"])
        if isinstance(text, Refused):
            return {"refused": [text.code, text.found, text.expected]}
        hashes.append(hashlib.new(job["algorithm"], text.encode("utf-8")).hexdigest())
    return {"hashes": hashes}


if __name__ == "__main__":
    main(int(sys.argv[1]))
