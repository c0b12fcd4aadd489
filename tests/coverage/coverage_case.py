"""An edge case of the rule as data: what the small world is like, what is asked, and what is right.

A case changes the world and returns what is asked; `expects` says outcome, grade, scope and governing
reports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coverage_worlds import World

from mutua_coverage import Coverage

Asked = dict[str, Any]
Build = Callable[[World], Asked]


@dataclass(frozen=True)
class Case:
    name: str
    build: Build
    outcome: str
    grade: str | None
    scope: str | None
    reports: tuple[str, ...] | None
    """None: any."""

    def answer(self) -> Coverage:
        world = World()
        asked = self.build(world)
        return world.ask(**asked)

    def holds(self) -> bool:
        return self.right(self.answer())

    def right(self, answer: Coverage) -> bool:
        found = (
            answer.outcome.value,
            answer.grade and answer.grade.value,
            answer.scope and answer.scope.value,
        )
        reports = answer.reports if self.reports is None else self.reports
        return found == (self.outcome, self.grade, self.scope) and answer.reports == reports


def into(cases: list[Case]) -> Callable[..., Callable[[Build], Build]]:
    """The decorator that adds a case to `cases`."""

    def expects(
        outcome: str,
        grade: str | None = None,
        scope: str | None = None,
        reports: tuple[str, ...] | None = None,
    ) -> Callable[[Build], Build]:
        def register(build: Build) -> Build:
            cases.append(Case(build.__name__, build, outcome, grade, scope, reports))
            return build

        return register

    return expects


def asking(**asked: Any) -> Asked:
    return asked


COVERED_A = ("COVERED", "A", "provider")
PROGRAMME_A = ("COVERED", "A", "programme")
