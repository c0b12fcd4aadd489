"""What a code of ISCED-F 2013 stands for, in statements and in requests."""

import pytest

from mutua_trust.fields import FIELDS, LEAVES, Unreadable, leaves_of_request, shortest_codes


def test_there_are_eighty_detailed_fields() -> None:
    assert len(LEAVES) == len(set(LEAVES)) == 80
    assert {len(code) for code in LEAVES} == {4}


@pytest.mark.parametrize(
    ("code", "leaves"),
    [
        ("0613", {"0613"}),
        ("061", {"0611", "0612", "0613"}),
        ("06", {"0611", "0612", "0613"}),
        ("00", {"0011", "0021", "0031"}),
        ("000", {"0011", "0021", "0031"}),
        ("0600", {"0611", "0612", "0613"}),
        ("0610", {"0611", "0612", "0613"}),
        ("060", {"0611", "0612", "0613"}),
        ("0420", {"0421"}),
        ("1000", set(FIELDS["10"])),
        ("100", set(FIELDS["10"])),
    ],
)
def test_a_request_asks_for_all_leaves_below_its_code(code: str, leaves: set[str]) -> None:
    assert leaves_of_request(code) == leaves


@pytest.mark.parametrize(
    "code",
    [
        "0619",
        "0688",
        "0699",
        "9999",
        "069",
        "068",
        "99",
        "999",
        "0228",
        "0000",
        "0120",
        "9900",
        "110",
        "1100",
    ],
)
def test_codes_that_say_nothing_are_missing(code: str) -> None:
    assert leaves_of_request(code) is Unreadable.MISSING


@pytest.mark.parametrize(
    "code", ["", "6", "0614", "1234", "12", "012", "06131", "06a0", "০৬", "0618", " 061"]
)
def test_codes_outside_the_classification_are_unknown(code: str) -> None:
    assert leaves_of_request(code) is Unreadable.UNKNOWN


def test_leaves_are_written_with_the_shortest_codes() -> None:
    assert shortest_codes(FIELDS["06"] | FIELDS["0731"]) == ("06", "0731")
    assert shortest_codes(frozenset(LEAVES)) == tuple(sorted(code for code in FIELDS if len(code) == 2))
