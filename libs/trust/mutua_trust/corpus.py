"""Files of statements and requests, line by line: the corpus runner without its files.

Lines come in as bytes, verdicts go out as JSON values, and a refused line is reported and passed over; the
rest of the file is still answered. Nothing but the index and the ids seen grows with the files.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from mutua_trust.index import TrustIndex
from mutua_trust.policy import PolicyBook
from mutua_trust.reading import Flaw
from mutua_trust.remedies import remedies
from mutua_trust.request import Request
from mutua_trust.statement import Statement
from mutua_trust.verdict import Reason, Verdict, review
from mutua_trust.wire import (
    barring_from_json,
    policies_from_json,
    request_from_json,
    statement_from_json,
)
from mutua_trust.writing import Json, verdict_to_json

LONGEST_FOUND = 200


@dataclass(frozen=True, slots=True)
class LineError:
    """A flaw and where it is. `line` counts from 1; it is None for a file as a whole."""

    flaw: Flaw
    file: str
    line: int | None

    def to_json(self) -> Json:
        return {
            "code": self.flaw.code,
            "file": self.file,
            "line": self.line,
            "field": self.flaw.field,
            "found": _shown(self.flaw.found),
            "expected": self.flaw.expected,
        }


Report = Callable[[LineError], None]


def read_statement(line: bytes) -> Statement | Flaw:
    data = _parsed(line)
    return data if isinstance(data, Flaw) else statement_from_json(data)


def read_request(line: bytes) -> Request | Flaw:
    data = _parsed(line)
    return data if isinstance(data, Flaw) else request_from_json(data)


def _parsed(line: bytes, expected: str = "one JSON object a line") -> Any:
    """The JSON value of a line, or a flaw. Numbers beyond JSON (NaN, Infinity) are refused."""
    try:
        return json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return Flaw("malformed", None, line.decode("utf-8", "replace"), f"{expected} ({error})")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def load(lines: Iterable[bytes], file: str, report: Report) -> TrustIndex:
    """The log of a file. The first line keeps an id; a refused line of distrust still bars."""
    index = TrustIndex()
    refused: set[str] = set()
    for number, line in _filled(lines):
        data = _parsed(line)
        read = data if isinstance(data, Flaw) else statement_from_json(data)
        if isinstance(read, Statement) and (read.id in index or read.id in refused):
            read = Flaw("duplicate_id", "id", read.id, "an id that no earlier line has")
        if isinstance(read, Statement):
            index.apply(read)
            continue
        report(LineError(read, file, number))
        barring = barring_from_json(data, f"line {number}")
        if barring is not None:
            index.bar(barring)
        refused.update(_id_of(data))
    return index


def _id_of(data: object) -> Iterator[str]:
    id = cast(Json, data).get("id") if isinstance(data, dict) else None
    if isinstance(id, str):
        yield id


def _filled(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers."""
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def read_policies(document: bytes, file: str) -> PolicyBook | LineError:
    """The policies of a file, or why it cannot be used at all."""
    data = _parsed(document, "one JSON object")
    book = data if isinstance(data, Flaw) else policies_from_json(data)
    return LineError(book, file, None) if isinstance(book, Flaw) else book


@dataclass(frozen=True, slots=True)
class Runner:
    """Answers files of requests against one index."""

    index: TrustIndex
    policies: PolicyBook
    report: Report
    budget: int | None = None
    explain: bool = False

    def answer(self, lines: Iterable[bytes], file: str) -> Iterator[Json]:
        """One verdict for each line that holds something, in order."""
        # Hashes instead of ids: a file of a million lines must not be kept in memory.
        seen: set[int] = set()
        for number, line in _filled(lines):
            data = _parsed(line)
            read = data if isinstance(data, Flaw) else request_from_json(data)
            id = next(_id_of(data), None)
            if isinstance(read, Request) and hash(id) in seen:
                read = Flaw("duplicate_id", "id", id, "an id that no earlier line has")
            if id is not None:
                seen.add(hash(id))
            if isinstance(read, Flaw):
                self.report(LineError(read, file, number))
                yield self._shown(review(id, None, Reason.INVALID), None)
            else:
                yield self._shown(self._decide(read, file, number), read)

    def _decide(self, request: Request, file: str, number: int) -> Verdict:
        verdict = self.index.decide(request, self.policies.of(request.recogniser), budget=self.budget)
        if verdict.reason is Reason.STALE:
            expected = f"a version of the log, {self.index.head} or less"
            self.report(LineError(Flaw("future_version", "version", request.version, expected), file, number))
        return verdict

    def _shown(self, verdict: Verdict, request: Request | None) -> Json:
        shown = verdict_to_json(verdict)
        if self.explain:
            policy = self.policies.of("" if request is None else request.recogniser)
            found = remedies(verdict, request, policy, self.index)
            shown["remedies"] = None if found is None else [remedy.to_json() for remedy in found]
        return shown


def _shown(found: object) -> object:
    """What was found, short enough for a line of JSON."""
    try:
        text = json.dumps(found, allow_nan=False)
    except ValueError:
        return str(found)
    return found if len(text) <= LONGEST_FOUND else text[:LONGEST_FOUND] + "..."
