"""Wrong rules about which report governs, and what contradicts it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from wrong_rule import Patch, Wrong, into

from mutua_coverage import Outcome, PathKind, Scope, Verdict, judging, sorting, weighing
from mutua_coverage.eligibility import Candidate

WRONG: list[Wrong] = []
wrong = into(WRONG)


@wrong
def oldest_governs(patch: Patch) -> None:
    right: Any = Candidate.order
    key: Callable[[Candidate], Any] = right.fget
    patch.setattr(
        Candidate, "order", property(lambda self: (-key(self)[0].toordinal(), -key(self)[1], key(self)[2]))
    )


@wrong
def smaller_id_wins_a_tie(patch: Patch) -> None:
    right: Any = Candidate.order
    key: Callable[[Candidate], Any] = right.fget
    patch.setattr(Candidate, "order", property(lambda self: (key(self)[0], -key(self)[1])))


@wrong
def ids_are_compared_as_text(patch: Patch) -> None:
    patch.setattr(Candidate, "order", property(lambda self: (self.facts.valid_from, self.report.id)))


@wrong
def positives_are_never_ended(patch: Patch) -> None:
    right = judging._govern
    patch.setattr(
        judging,
        "_govern",
        lambda question, scope, reports: right(
            question, scope, [each for each in reports if each.positive] or reports
        ),
    )


@wrong
def voluntary_overturns_obligatory(patch: Patch) -> None:
    patch.setattr(Candidate, "contradicts", lambda self, other: False)


@wrong
def voluntary_counts_as_obligatory(patch: Patch) -> None:
    patch.setattr(Candidate, "obligatory", property(lambda self: True))


@wrong
def no_verdict_counts_as_positive(patch: Patch) -> None:
    patch.setattr(Candidate, "positive", property(lambda self: not self.negative))


@wrong
def negative_programme_yields_to_the_provider(patch: Patch) -> None:
    patch.setattr(
        judging,
        "_combine",
        lambda programme, provider, standing: provider or programme or Verdict(Outcome.NOT_FOUND),
    )


@wrong
def programme_is_all_that_counts(patch: Patch) -> None:
    patch.setattr(
        judging,
        "_combine",
        lambda programme, provider, standing: programme or provider or Verdict(Outcome.NOT_FOUND),
    )


@wrong
def mixed_reports_cover_the_provider(patch: Patch) -> None:
    right = sorting.sort

    def sort(*asked: Any) -> Any:
        parts = right(*asked)
        return replace(parts, institutional=(*parts.institutional, *parts.mixed), mixed=())

    patch.setattr(weighing, "sort", sort)


@wrong
def absence_is_a_refusal(patch: Patch) -> None:
    patch.setattr(
        judging, "_absence", lambda question, parts: Verdict(Outcome.NOT_COVERED, scope=Scope.PROVIDER)
    )


@wrong
def absence_is_never_explained(patch: Patch) -> None:
    patch.setattr(judging, "_absence", lambda question, parts: Verdict(Outcome.NOT_FOUND))


@wrong
def mixed_reports_say_nothing_of_the_provider(patch: Patch) -> None:
    right = sorting.sort
    patch.setattr(weighing, "sort", lambda *asked: replace(right(*asked), mixed=()))


@wrong
def a_yes_is_never_doubted(patch: Patch) -> None:
    patch.setattr(judging, "_doubted", lambda *asked: None)


@wrong
def weaker_refusals_are_doubted_only_for_the_provider(patch: Patch) -> None:
    right = judging._doubted

    def doubted(verdict: Verdict, standing: Any) -> Any:
        mixed = tuple(each for each in standing.mixed if not each.negative)
        return right(verdict, standing if verdict.scope is Scope.PROVIDER else replace(standing, mixed=mixed))

    patch.setattr(judging, "_doubted", doubted)


@wrong
def predecessors_undo_refusals(patch: Patch) -> None:
    right = judging._not_to_be_overturned
    patch.setattr(
        judging,
        "_not_to_be_overturned",
        lambda reports: right([replace(each, kind=PathKind.DIRECT) for each in reports]),
    )


@wrong
def predecessors_positive_is_always_in_doubt(patch: Patch) -> None:
    right = judging._not_to_be_overturned

    def overturned(reports: Any) -> Any:
        negative = [each for each in reports if each.negative]
        return right(reports) or (negative[-1] if negative and reports[-1].positive else None)

    patch.setattr(judging, "_not_to_be_overturned", overturned)
