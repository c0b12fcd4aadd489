"""Every edge case has the answer that is right."""

import pytest
from coverage_case import Case
from coverage_cases import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    answer = case.answer()
    assert case.right(answer), (answer.outcome, answer.grade, answer.scope, answer.reports, answer.reasons)


def test_the_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
