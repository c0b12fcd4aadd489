"""A test of the tests: rules that are wrong in one deliberate way each have to fail at least one case."""

import pytest
import wrong_governing
import wrong_grading
import wrong_programmes
import wrong_standing
import wrong_ways
from coverage_cases import CASES
from wrong_rule import Wrong

WRONG: list[Wrong] = [
    *wrong_standing.WRONG,
    *wrong_governing.WRONG,
    *wrong_grading.WRONG,
    *wrong_programmes.WRONG,
    *wrong_ways.WRONG,
]


@pytest.mark.parametrize("break_it", WRONG, ids=lambda rule: rule.__name__)
def test_a_wrong_rule_is_caught(break_it: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch)
    assert not all(case.holds() for case in CASES)


def test_the_right_rule_is_not() -> None:
    assert all(case.holds() for case in CASES)
