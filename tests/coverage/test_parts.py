"""Small parts: identifiers as they are written, years, last days, and names that are equal."""

from datetime import date

import pytest
from coverage_worlds import (
    DAY,
    World,
    day,
)

from mutua_coverage import (
    Identifier,
)
from mutua_coverage.dates import last_day, years_after
from mutua_coverage.matching import normalised


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("DEQARINST7105", "DEQARINST", "DEQARINST7105"),
        (" deqarinst7105 ", "DEQARINST", "DEQARINST7105"),
        ("DEQARINST42", "DEQARINST", "DEQARINST0042"),
        ("AT0001", "", "AT0001"),
        ("X  LISVIK01", "", "X  LISVIK01"),
        ("did:ebsi:z2", "", "did:ebsi:z2"),
        ("univ-lisvik.example", "", "univ-lisvik.example"),
        ("https://ror.example/05f0", "", "https://ror.example/05f0"),
        ("ROR:https://ror.example/05f0", "ROR", "https://ror.example/05f0"),
        ("Erasmus: X  LISVIK01", "Erasmus", "X  LISVIK01"),
        ("DID-EBSI:did:ebsi:z2", "DID-EBSI", "did:ebsi:z2"),
    ],
)
def test_identifiers_are_read(text: str, scheme: str, value: str) -> None:
    assert Identifier.parse(text) == Identifier(scheme, value)


@pytest.mark.parametrize("text", ["", "University of Lisvik", ":x", "SCHAC:", "?"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected DEQARINST7105"):
        Identifier.parse(text)


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        (date(2016, 2, 29), 6, date(2022, 3, 1)),
        (date(2016, 2, 29), 8, date(2024, 2, 29)),
        (date(2016, 2, 28), 6, date(2022, 2, 28)),
        (date(9998, 1, 1), 6, date.max),
    ],
)
def test_years_after(start: date, years: int, end: date) -> None:
    assert years_after(start, years) == end


def test_the_last_day_is_the_stated_one() -> None:
    world = World()
    world.report(1, "2020-01-01", "2024-06-15")
    assert last_day(world.reports["1"].facts) == DAY == day("2024-06-15")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Straße und Raum", "STRASSE UND RAUM", True),
        ("Data\u00a0 Literacy", "data literacy", True),
        ("Cafe\u0301 Management", "Café Management", True),
        ("E–Learning", "e-learning", True),
        ("Programming in C", "Programming in C++", False),
        ("Data Literacy", "Data Literacy I", False),
    ],
)
def test_names_are_equal_or_not(one: str, other: str, same: bool) -> None:
    assert (normalised(one) == normalised(other)) is same
