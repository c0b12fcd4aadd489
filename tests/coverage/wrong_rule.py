"""A rule that is wrong in one deliberate way: a patch of the right one, and helpers to write such patches."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mutua_contracts.registry import ReportFacts
from mutua_coverage import PathKind, Row, Snapshot, eligibility, paths, snapshot
from mutua_coverage.eligibility import Candidate, Standing

Patch = pytest.MonkeyPatch
Wrong = Callable[[Patch], None]


def into(rules: list[Wrong]) -> Callable[[Wrong], Wrong]:
    """The decorator that adds a wrong rule to `rules`."""

    def wrong(rule: Wrong) -> Wrong:
        rules.append(rule)
        return rule

    return wrong


def standing_becomes(patch: Patch, change: Callable[[Candidate, date], Candidate]) -> None:
    right = eligibility.candidate

    def wrong_candidate(
        report: Row[ReportFacts], kind: PathKind, subject: str, day: date, of: Snapshot
    ) -> Candidate:
        return change(right(report, kind, subject, day, of), day)

    patch.setattr(paths, "candidate", wrong_candidate)


def instead(patch: Patch, old: Standing, new: Standing) -> None:
    def change(report: Candidate, day: date) -> Candidate:
        return replace(report, standing=new) if report.standing is old else report

    standing_becomes(patch, change)


def relations_become(patch: Patch, kinds: dict[str, str]) -> None:
    right = snapshot.MemorySnapshot.provider

    def provider(self: Any, id: str) -> Any:
        row = right(self, id)
        if row is None:
            return None
        relations = tuple(
            each.model_copy(update={"kind": kinds.get(each.kind, each.kind)}) for each in row.facts.relations
        )
        return replace(row, facts=row.facts.model_copy(update={"relations": relations}))

    patch.setattr(snapshot.MemorySnapshot, "provider", provider)
