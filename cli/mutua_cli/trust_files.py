"""The files of `mutua trust`: read line by line, with one JSON line on stderr for each that is refused.

Progress through long files is told there too. What cannot be read at all ends the command with exit code 2.
"""

import gc
import json
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn, TextIO

import typer

from mutua_trust import Flaw, PolicyBook, Request, TrustIndex
from mutua_trust.corpus import LineError, load, read_policies, read_request

PROGRESS_EVERY = 100_000


class Errors:
    """Writes errors as they come, and remembers that there were some."""

    def __init__(self) -> None:
        self.some = False

    def __call__(self, error: LineError) -> None:
        self.some = True
        write(sys.stderr, error.to_json())

    def fatal(self, error: LineError) -> NoReturn:
        self(error)
        raise typer.Exit(2)

    def done(self) -> NoReturn:
        raise typer.Exit(1 if self.some else 0)


def write(stream: TextIO, value: Mapping[str, object]) -> None:
    stream.write(json.dumps(value) + "\n")


@contextmanager
def opened(path: Path, errors: Errors) -> Generator[BinaryIO]:
    """The file as bytes; one error and exit 2 where it cannot be read."""
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        errors.fatal(
            LineError(
                Flaw("unreadable_file", None, error.strerror, "a file that can be read"), str(path), None
            )
        )
    with file:
        yield file


def load_index(path: Path, errors: Errors) -> TrustIndex:
    with opened(path, errors) as lines:
        # The index is one large tree that never becomes garbage: looking through it again and again would
        # cost more than building it.
        gc.disable()
        try:
            return load(with_progress(lines, str(path)), str(path), errors)
        finally:
            gc.freeze()
            gc.enable()


def with_progress(lines: Iterable[bytes], file: str) -> Iterator[bytes]:
    for number, line in enumerate(lines, 1):
        yield line
        if number % PROGRESS_EVERY == 0:
            write(sys.stderr, {"progress": {"file": file, "lines": number}})


def policies_in(path: Path | None, errors: Errors) -> PolicyBook:
    if path is None:
        return PolicyBook()
    with opened(path, errors) as file:
        policies = read_policies(file.read(), str(path))
    return policies if isinstance(policies, PolicyBook) else errors.fatal(policies)


def first_request(path: Path, errors: Errors) -> Request:
    with opened(path, errors) as file:
        read = read_request(file.readline())
    return read if isinstance(read, Request) else errors.fatal(LineError(read, str(path), 1))


def request_in(line: bytes, index: TrustIndex, file: str, number: int, errors: Errors) -> Request | None:
    read = read_request(line)
    if isinstance(read, Request) and read.version is not None and read.version > index.head:
        read = Flaw("future_version", "version", read.version, f"a version of the log, {index.head} or less")
    if isinstance(read, Flaw):
        errors(LineError(read, file, number))
        return None
    return read
