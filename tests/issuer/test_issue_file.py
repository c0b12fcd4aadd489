"""A CSV is read as it is, and what is wrong with it is said with line, column, found and expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutua_cli import issue_file
from mutua_cli.issue_file import MANDATORY, Mistake, Table, Unusable

HEADER = ",".join(MANDATORY)


def table(text: str | bytes) -> Table:
    found = issue_file.read(text.encode() if isinstance(text, str) else text)
    assert isinstance(found, Table), found
    return found


def unusable(data: bytes) -> list[tuple[int | None, int | None, str, str]]:
    found = issue_file.read(data)
    assert isinstance(found, Unusable), found
    return [(one.line, one.column, one.code, one.found) for one in found.mistakes]


def test_a_row_becomes_a_request() -> None:
    header = HEADER + ",birth_date,esi,grade,grade_scheme,supervision"
    found = table(f"{header}\n r-1 ,s-1,AST,2026-06-20,Ada,Æneas,2001-02-03,esi-1,B,ECTS,supervised-no-id\n")
    (row,) = found.rows
    assert row.line == 2
    assert row.request == {
        "external_id": "r-1",
        "learner_id": "s-1",
        "award": {
            "component": "AST",
            "date_of_issuing": "2026-06-20",
            "learner": {
                "given_name": "Ada",
                "family_name": "Æneas",
                "birth_date": "2001-02-03",
                "identifiers": [{"scheme": "esi", "value": "esi-1"}],
            },
            "grade": {"value": "B", "scheme": "ECTS"},
            "supervision_and_identity_verification": "supervised-no-id",
        },
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_what_spreadsheets_write_is_read(delimiter: str, end: str, mark: bytes) -> None:
    lines = [MANDATORY, ("r-1", "s-1", "AST", "2026-06-20", "Ada", "Lund")]
    text = end.join(delimiter.join(line) for line in lines) + end
    assert [row.cells["family_name"] for row in table(mark + text.encode()).rows] == ["Lund"]


def test_lines_are_those_of_an_editor_also_after_cells_that_span_lines() -> None:
    text = f'{HEADER}\nr-1,s-1,AST,2026-06-20,"Ada\nMaria",Lund\n\nr-2,s-1,AST,2026-06-20,Ada,Lund\nr-3\n'
    found = table(text)
    assert [(row.line, row.cells["external_id"]) for row in found.rows] == [(2, "r-1"), (5, "r-2")]
    assert [(one.line, one.column, one.found) for one in found.mistakes] == [(6, 2, "1 cells")]


def test_a_row_that_stands_there_twice_is_taken_once() -> None:
    found = table(f"{HEADER}\nr-1,s,A,d,g,f\nr-2,s,A,d,g,f\nr-1,s,A,d,g,f\n")
    assert [row.line for row in found.rows] == [2, 3]
    assert found.mistakes == [
        Mistake(4, 1, "external_id", "duplicate_row", "'r-1' as in line 2", "each external_id once")
    ]
    assert found.mistakes[0].text() == (
        "line 4, column 1 (external_id): duplicate_row: found 'r-1' as in line 2;"
        " expected each external_id once"
    )


def test_broken_encoding_is_said_with_its_place() -> None:
    data = f"{HEADER}\nr-1,s,A,d,g,Åse\n".encode() + "r-2,s,A,d,g,Åse\nr-3,s,A,d,Bjørn,x\n".encode("latin-1")
    found = issue_file.read(data + b'r-4,s,A,d,"two\nl\xe5nes",x\nr\x005,s,A,d,g,x\nr-6,s,A,d,g,x\n')
    assert isinstance(found, Table)
    assert [row.cells["external_id"] for row in found.rows] == ["r-1", "r-6"], "the others can be issued"
    assert [(one.line, one.column, one.code, one.found) for one in found.mistakes] == [
        (3, 13, "encoding", "byte 0xC5"),
        (4, 13, "encoding", "byte 0xF8"),
        (6, 2, "encoding", "byte 0xE5"),
        (7, 2, "nul_character", "U+0000"),
    ]
    assert unusable(HEADER.encode("utf-16"))[0][:3] == (1, 1, "encoding")
    assert unusable(HEADER.encode("utf-16-le"))[0][:3] == (1, 2, "nul_character")
    assert unusable(b"k\xf6,b")[0] == (1, 2, "encoding", "byte 0xF6")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", [(None, None, "empty")]),
        (HEADER.replace(",component", ""), [(1, 6, "missing_column")]),
        (HEADER + ",grades", [(1, 7, "unknown_column")]),
        (HEADER + ",component", [(1, 7, "duplicate_column")]),
        (HEADER.replace(",", "|"), [(1, 2, "missing_column")] * 6 + [(1, 1, "unknown_column")]),
        (HEADER + '\n"r-1,s', [(2, None, "quoting")]),
        (HEADER + '\n"r"1,s', [(2, None, "quoting")]),
    ],
)
def test_a_file_without_its_columns_is_not_begun(header: str, expected: list[tuple[int, int, str]]) -> None:
    assert [one[:3] for one in unusable(header.encode())] == expected


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    for tail in (data, HEADER.encode() + b"\n" + data):
        found = issue_file.read(tail)
        assert isinstance(found, Table | Unusable)


_cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.tuples(*[_cells] * 6), max_size=8))
def test_every_row_is_either_to_be_issued_or_wrong(rows: list[tuple[str, ...]]) -> None:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out).writerows([MANDATORY, *rows])
    found = table(out.getvalue())
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    assert len(found.rows) + len(found.mistakes) == len(rows) - blank


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("/external_id", "external_id"),
        ("/award/learner", "given_name"),
        ("/award/learner/birth_date", "birth_date"),
        ("/award/grade/value", None),
        ("/award/title/en", None),
        ("/", None),
    ],
)
def test_what_the_service_says_is_shown_at_the_cell(path: str, column: str | None) -> None:
    found = table(f"{HEADER},birth_date\nr-1,s,A,d,,f,1.2.03\n")
    mistake = found.place(found.rows[0], path, "code", "a text", "another")
    assert (mistake.line, mistake.name) == (2, column)
    if column == "birth_date":
        assert (mistake.column, mistake.found) == (7, "'1.2.03'")
