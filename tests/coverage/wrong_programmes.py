"""Wrong rules about which programme a report is about."""

from dataclasses import replace
from typing import Any

from wrong_rule import Patch, Wrong, into

from mutua_coverage import (
    Outcome,
    Verdict,
    grading,
    judging,
    matching,
    sorting,
    weighing,
)
from mutua_coverage.eligibility import Candidate
from mutua_coverage.matching import Match

WRONG: list[Wrong] = []
wrong = into(WRONG)


@wrong
def equal_name_is_enough(patch: Patch) -> None:
    right = matching.by_name

    def by_name(*asked: Any) -> Match:
        return Match.EXACT if right(*asked) else Match.NONE

    patch.setattr(matching, "by_name", by_name)
    patch.setattr(grading, "by_name", by_name)


@wrong
def like_names_match(patch: Patch) -> None:
    patch.setattr(matching, "normalised", lambda name: name.casefold()[:6])


@wrong
def names_are_compared_to_the_letter(patch: Patch) -> None:
    patch.setattr(matching, "normalised", lambda name: name)


@wrong
def unmatched_programmes_are_no_programmes(patch: Patch) -> None:
    right = judging._absence

    def absence(question: Any, parts: Any) -> Verdict:
        return right(question, replace(parts, unclear=(), namesakes=(), others=()))

    patch.setattr(judging, "_absence", absence)


@wrong
def any_programme_of_the_provider_matches(patch: Patch) -> None:
    patch.setattr(sorting, "match", lambda *asked: Match.EXACT)
    patch.setattr(grading, "by_name", lambda *asked: Match.EXACT)


@wrong
def agency_of_an_identifier_does_not_matter(patch: Patch) -> None:
    right = matching._same
    patch.setattr(matching, "_same", lambda wanted, *rest: right(replace(wanted, agency=None), *rest))


@wrong
def differences_do_not_matter(patch: Patch) -> None:
    patch.setattr(grading, "differences", lambda *asked: ())


@wrong
def null_workload_is_any_workload(patch: Patch) -> None:
    right = matching._same_workload
    patch.setattr(
        matching, "_same_workload", lambda found, stated: None in (found, stated) or right(found, stated)
    )


@wrong
def half_credits_round_to_the_even(patch: Patch) -> None:
    patch.setattr(
        matching,
        "_same_workload",
        lambda found, stated: None not in (found, stated) and found < 60 and found == round(stated),
    )


@wrong
def sixty_credits_are_still_micro(patch: Patch) -> None:
    patch.setattr(matching, "MICRO_CREDENTIAL_ECTS", 61)


@wrong
def namesakes_do_not_matter(patch: Patch) -> None:
    right = sorting.sort
    patch.setattr(weighing, "sort", lambda *asked: replace(right(*asked), namesakes=()))


@wrong
def programmes_without_level_do_not_matter(patch: Patch) -> None:
    right = sorting.sort
    patch.setattr(weighing, "sort", lambda *asked: replace(right(*asked), unclear=()))


@wrong
def namesakes_are_doubted_beside_the_programme_itself(patch: Patch) -> None:
    right = judging._doubted

    def doubted(verdict: Verdict, standing: Any) -> Any:
        unclear = (*standing.unclear, *standing.namesakes)
        return right(verdict, replace(standing, unclear=unclear, namesakes=()))

    patch.setattr(judging, "_doubted", doubted)


@wrong
def withheld_reports_confuse_identifiers(patch: Patch) -> None:
    patch.setattr(Candidate, "visible", property(lambda self: True))


@wrong
def any_row_of_the_report_will_do(patch: Patch) -> None:
    right = matching.by_identifier

    def by_identifier(credential: Any, facts: Any, row: Any) -> bool:
        named = any(matching.by_name(credential, each) is Match.EXACT for each in facts.programmes)
        return right(credential, facts, row) and not named

    patch.setattr(grading, "by_identifier", by_identifier)


@wrong
def doubts_of_an_alliance_do_not_matter(patch: Patch) -> None:
    patch.setattr(
        weighing, "_speaks_against", lambda inherited, yes: inherited.outcome is Outcome.NOT_COVERED
    )
