"""A CSV of awards as rows to issue: which bytes, columns and lines it has, and what is wrong with them.

The file is judged by its form only; whether a row may be issued is the service's to say. Every mistake has
its line and column (both from 1; lines as an editor counts them, columns of a row as a spreadsheet does, of a
broken byte as an editor does). A row that cannot be read does not hold up the others.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_BYTES: Final = 64 * 1024 * 1024
DELIMITERS: Final = (",", ";", "\t")

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "external_id": ("external_id",),
    "learner_id": ("learner_id",),
    "component": ("award", "component"),
    "date_of_issuing": ("award", "date_of_issuing"),
    "given_name": ("award", "learner", "given_name"),
    "family_name": ("award", "learner", "family_name"),
    "birth_date": ("award", "learner", "birth_date"),
    "esi": ("award", "learner", "identifiers"),
    "grade": ("award", "grade", "value"),
    "grade_scheme": ("award", "grade", "scheme"),
    "supervision": ("award", "supervision_and_identity_verification"),
    "valid_until": ("valid_until",),
}
"""Columns and the member of a request that each becomes; `esi` is the European Student Identifier."""

MANDATORY: Final = tuple(COLUMNS)[:6]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with the file; `line` and `column` are None where the whole file is meant."""

    line: int | None
    column: int | None
    name: str | None
    code: str
    found: str
    expected: str

    def text(self) -> str:
        """The mistake on one line."""
        place = "the file" if self.line is None else f"line {self.line}"
        if self.column is not None:
            place += f", column {self.column}" + (f" ({self.name})" if self.name else "")
        return f"{place}: {self.code}: found {self.found}; expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row to issue: where it begins, its cells by column, and the request that it becomes."""

    line: int
    cells: Mapping[str, str]
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read; `mistakes` are of rows that are not among `rows`."""

    header: Sequence[str]
    rows: Sequence[Row]
    mistakes: Sequence[Mistake]

    def place(self, row: Row, path: str, code: str, found: str, expected: str) -> Mistake:
        """What the service said of a member of `row`, as a mistake of its cell."""
        name = _column_of(path, self.header)
        if name is None:
            return Mistake(row.line, None, None, code, found, expected)
        cell = row.cells.get(name)
        shown = found if code == "issued_differently" else repr(cell) if cell else "nothing"
        return Mistake(row.line, self.header.index(name) + 1, name, code, shown, expected)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file of which no row can be trusted."""

    mistakes: Sequence[Mistake]


def read(data: bytes) -> Table | Unusable:
    """The rows of a file. Codes of what makes it unusable: `too_large`, `empty`, `missing_column`,
    `unknown_column`, `duplicate_column`, `quoting`; of a row: `cells`, `duplicate_row`; of either:
    `encoding`, `nul_character`.
    """
    if len(data) > MAX_BYTES:
        return _file("too_large", f"{len(data)} bytes", f"at most {MAX_BYTES}: split the file")
    broken = _broken_lines(data)
    if 1 in broken:
        return Unusable([broken[1]])
    # What is broken stays in its place as half a surrogate pair, and its row is left out.
    text = data.decode("utf-8-sig", "surrogateescape")
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not any(header):
            return _file("empty", "no header", f"a header with {', '.join(MANDATORY)}")
        wrong = list(_wrong_columns(header))
        return Unusable(wrong) if wrong else _rows(header, _lines(reader), broken)
    except csv.Error as error:
        expected = "quotes in pairs, and doubled inside a quoted cell"
        return Unusable([Mistake(reader.line_num, None, None, "quoting", str(error), expected)])


def _file(code: str, found: str, expected: str) -> Unusable:
    return Unusable([Mistake(None, None, None, code, found, expected)])


def _broken_lines(data: bytes) -> dict[int, Mistake]:
    """The first thing on each line that is no text in UTF-8, by line."""
    for mark, name in ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16")):
        if data.startswith(mark):
            return {1: Mistake(1, 1, None, "encoding", f"{name} (its byte order mark)", _UTF8)}
    found: dict[int, Mistake] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            nul = line.decode("utf-8-sig" if number == 1 else "utf-8").find("\0")
        except UnicodeDecodeError as error:
            column = len(line[: error.start].decode("utf-8-sig")) + 1
            byte = f"byte 0x{line[error.start]:02X}"
            found[number] = Mistake(number, column, None, "encoding", byte, _UTF8)
        else:
            if nul >= 0:
                found[number] = Mistake(number, nul + 1, None, "nul_character", "U+0000", "a text")
    return found


_UTF8: Final = "UTF-8; save the file as `CSV UTF-8`"


def _wrong_columns(header: Sequence[str]) -> Iterator[Mistake]:
    for name in MANDATORY:
        if name not in header:
            have = ", ".join(cell for cell in header if cell) or "none"
            yield Mistake(
                1, len(header) + 1, name, "missing_column", f"the columns {have}", f"a column {name}"
            )
    for number, name in enumerate(header, 1):
        if name not in COLUMNS:
            expected = f"one of {', '.join(COLUMNS)}"
            yield Mistake(1, number, name or None, "unknown_column", repr(name), expected)
        elif name in header[: number - 1]:
            yield Mistake(1, number, name, "duplicate_column", f"{name} again", "each column once")


def _lines(reader: Any) -> Iterator[tuple[range, list[str]]]:
    """Rows that are not blank, with the lines on which each stands: a quoted cell may span several."""
    begin = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield range(begin, reader.line_num + 1), [cell.strip() for cell in cells]
        begin = reader.line_num + 1


def _rows(
    header: Sequence[str], lines: Iterable[tuple[range, list[str]]], broken: Mapping[int, Mistake]
) -> Table:
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    first_lines: dict[str, int] = {}
    for span, cells in lines:
        line = span.start
        if unreadable := [broken[number] for number in span if number in broken]:
            mistakes.append(unreadable[0])
            continue
        if len(cells) != len(header):
            column = min(len(cells), len(header)) + 1
            found, expected = f"{len(cells)} cells", f"{len(header)}, as in the header"
            mistakes.append(Mistake(line, column, None, "cells", found, expected))
            continue
        row = Row(line, dict(zip(header, cells, strict=True)), {})
        number = row.cells["external_id"]
        first = first_lines.setdefault(number, line) if number else line
        if first != line:
            column = header.index("external_id") + 1
            found, expected = f"{number!r} as in line {first}", "each external_id once"
            mistakes.append(Mistake(line, column, "external_id", "duplicate_row", found, expected))
            continue
        rows.append(Row(line, row.cells, _request(row.cells)))
    return Table(header, rows, mistakes)


def _request(cells: Mapping[str, str]) -> dict[str, Any]:
    """The request of a row; blank cells are no members."""
    request: dict[str, Any] = {"award": {"learner": {}}}
    for name, cell in cells.items():
        if cell:
            *way, last = COLUMNS[name]
            place = request
            for member in way:
                place = place.setdefault(member, {})
            place[last] = [{"scheme": "esi", "value": cell}] if name == "esi" else cell
    return request


def _column_of(path: str, header: Sequence[str]) -> str | None:
    """The column of the member at `path` (a JSON Pointer), or of the first one inside it."""
    for name in header:
        own = "/" + "/".join(COLUMNS[name])
        if path == own or path.startswith(own + "/"):
            return name
    inside = (name for name in header if ("/" + "/".join(COLUMNS[name])).startswith(path + "/"))
    return next(inside, None) if path.strip("/") else None
