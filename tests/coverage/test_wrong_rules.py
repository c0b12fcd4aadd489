"""A test of the tests: rules that are wrong in one deliberate way each have to fail at least one case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from coverage_cases import CASES

from mutua_contracts.registry import CountryFacts, ReportFacts
from mutua_coverage import (
    Outcome,
    Row,
    Scope,
    Snapshot,
    Verdict,
    eligibility,
    grading,
    judging,
    matching,
    paths,
    resolve,
    rule,
    seat,
    snapshot,
)
from mutua_coverage import dates as dates_module
from mutua_coverage.eligibility import Candidate, Standing
from mutua_coverage.matching import Match
from mutua_coverage.model import PathKind
from mutua_coverage.seat import Seat

Patch = pytest.MonkeyPatch
Wrong = Callable[[Patch], None]
WRONG: list[Wrong] = []


def wrong(rule: Wrong) -> Wrong:
    WRONG.append(rule)
    return rule


@pytest.mark.parametrize("break_it", WRONG, ids=lambda rule: rule.__name__)
def test_a_wrong_rule_is_caught(break_it: Wrong, monkeypatch: Patch) -> None:
    break_it(monkeypatch)
    assert not all(case.holds() for case in CASES)


def test_the_right_rule_is_not(monkeypatch: Patch) -> None:
    assert all(case.holds() for case in CASES)


def _standing_becomes(patch: Patch, change: Callable[[Candidate, date], Candidate]) -> None:
    right = eligibility.candidate

    def wrong_candidate(
        report: Row[ReportFacts], kind: PathKind, subject: str, day: date, of: Snapshot
    ) -> Candidate:
        return change(right(report, kind, subject, day, of), day)

    patch.setattr(paths, "candidate", wrong_candidate)


def _instead(patch: Patch, old: Standing, new: Standing) -> None:
    def change(report: Candidate, day: date) -> Candidate:
        return replace(report, standing=new) if report.standing is old else report

    _standing_becomes(patch, change)


# -- windows and agencies


@wrong
def last_day_is_exclusive(patch: Patch) -> None:
    patch.setattr(eligibility, "last_day", lambda report: dates_module.last_day(report) - timedelta(days=1))


@wrong
def last_day_is_a_day_late(patch: Patch) -> None:
    patch.setattr(eligibility, "last_day", lambda report: dates_module.last_day(report) + timedelta(days=1))


@wrong
def first_day_is_exclusive(patch: Patch) -> None:
    def change(report: Candidate, day: date) -> Candidate:
        return replace(report, standing=Standing.NOT_STARTED) if report.facts.valid_from == day else report

    _standing_becomes(patch, change)


@wrong
def reports_without_end_last_five_years(patch: Patch) -> None:
    patch.setattr(dates_module, "DEFAULT_YEARS", 5)


@wrong
def reports_without_end_last_for_ever(patch: Patch) -> None:
    patch.setattr(eligibility, "last_day", lambda report: report.valid_to or date.max)


@wrong
def leap_day_becomes_28_february(patch: Patch) -> None:
    right = dates_module.years_after

    def years_after(day: date, years: int) -> date:
        leap = (day.month, day.day) == (2, 29)
        return right(day - timedelta(days=1), years) if leap else right(day, years)

    patch.setattr(dates_module, "years_after", years_after)


@wrong
def future_reports_count(patch: Patch) -> None:
    _instead(patch, Standing.NOT_STARTED, Standing.IN_FORCE)


@wrong
def ended_reports_count(patch: Patch) -> None:
    _instead(patch, Standing.ENDED, Standing.IN_FORCE)


@wrong
def any_agency_will_do(patch: Patch) -> None:
    _instead(patch, Standing.UNCERTAIN, Standing.IN_FORCE)


@wrong
def uncertain_agency_is_a_no(patch: Patch) -> None:
    _instead(patch, Standing.UNCERTAIN, Standing.GONE)


@wrong
def agency_has_to_be_registered_today(patch: Patch) -> None:
    right = eligibility._in_current_registration
    patch.setattr(
        eligibility,
        "_in_current_registration",
        lambda agency, start: agency.registered and right(agency, start),
    )


@wrong
def end_of_the_registration_is_exclusive(patch: Patch) -> None:
    patch.setattr(eligibility, "within_inclusive", dates_module.within)


@wrong
def decisions_of_the_register_are_not_read(patch: Patch) -> None:
    patch.setattr(eligibility, "_registered_by_decisions", lambda agency, start: False)


@wrong
def any_decision_of_the_register_repairs(patch: Patch) -> None:
    patch.setattr(eligibility, "_registered_by_decisions", lambda agency, start: bool(agency.decisions))


@wrong
def gap_of_any_length_is_repaired(patch: Patch) -> None:
    patch.setattr(eligibility, "_LONGEST_TERM_YEARS", 60)


@wrong
def high_flags_do_not_matter(patch: Patch) -> None:
    _instead(patch, Standing.WITHHELD, Standing.IN_FORCE)


@wrong
def high_flag_is_read_from_the_facts_only(patch: Patch) -> None:
    right = eligibility.candidate
    patch.setattr(paths, "candidate", lambda row, *rest: right(replace(row, withheld=False), *rest))


@wrong
def reports_that_are_gone_count(patch: Patch) -> None:
    right = eligibility.candidate
    patch.setattr(paths, "candidate", lambda row, *rest: right(replace(row, gone=False), *rest))


@wrong
def unknown_codes_are_ignored(patch: Patch) -> None:
    patch.setattr(eligibility, "_unknown_codes", lambda facts: "")


# -- which report governs


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
    right = judging._sort

    def sort(question: Any, candidates: Any) -> Any:
        parts = right(question, candidates)
        return replace(parts, institutional=(*parts.institutional, *parts.mixed), mixed=())

    patch.setattr(judging, "_sort", sort)


@wrong
def absence_is_a_refusal(patch: Patch) -> None:
    patch.setattr(
        judging, "_absence", lambda question, parts: Verdict(Outcome.NOT_COVERED, scope=Scope.PROVIDER)
    )


@wrong
def absence_is_never_explained(patch: Patch) -> None:
    patch.setattr(judging, "_absence", lambda question, parts: Verdict(Outcome.NOT_FOUND))


# -- grade, country, level


@wrong
def conditions_are_forgotten(patch: Patch) -> None:
    right = grading.covering

    def covering(*asked: Any) -> Verdict:
        verdict = right(*asked)
        return replace(verdict, outcome=Outcome.COVERED) if verdict.outcome.covers else verdict

    patch.setattr(judging, "covering", covering)


@wrong
def every_seat_is_in_the_ehea(patch: Patch) -> None:
    country = CountryFacts(code="XX", name="XX", ehea_member=True)
    patch.setattr(grading, "seat_of", lambda *asked: Seat(country, "assumed"))


@wrong
def unknown_seat_is_in_the_ehea(patch: Patch) -> None:
    right: Any = Seat.in_ehea
    patch.setattr(Seat, "in_ehea", property(lambda self: right.fget(self) is not False))


@wrong
def unknown_seat_is_outside(patch: Patch) -> None:
    right: Any = Seat.in_ehea
    patch.setattr(Seat, "in_ehea", property(lambda self: right.fget(self) is True))


@wrong
def unverified_locations_are_seats(patch: Patch) -> None:
    right = seat.seat_of

    def seat_of(provider: Any, *rest: Any) -> Seat:
        places = tuple(each.model_copy(update={"verified": True}) for each in provider.facts.countries)
        facts = provider.facts.model_copy(update={"countries": places})
        return right(replace(provider, facts=facts), *rest)

    patch.setattr(grading, "seat_of", seat_of)


@wrong
def end_of_a_location_is_inclusive(patch: Patch) -> None:
    patch.setattr(seat, "within", dates_module.within_inclusive)


@wrong
def end_of_a_level_is_inclusive(patch: Patch) -> None:
    patch.setattr(grading, "within", dates_module.within_inclusive)


@wrong
def end_of_a_requirement_is_exclusive(patch: Patch) -> None:
    patch.setattr(seat, "within_inclusive", dates_module.within)


@wrong
def other_providers_get_grade_a(patch: Patch) -> None:
    right = grading._worth

    def worth(question: Any, *rest: Any) -> Any:
        facts = question.provider.facts.model_copy(update={"other_provider": False})
        return right(replace(question, provider=replace(question.provider, facts=facts)), *rest)

    patch.setattr(grading, "_worth", worth)


@wrong
def member_need_not_be_in_the_ehea(patch: Patch) -> None:
    right = grading._worth

    def worth(question: Any, scope: Any, report: Any) -> Any:
        subject = question.snapshot.provider(report.subject) or question.provider
        return right(replace(question, provider=subject), scope, report)

    patch.setattr(grading, "_worth", worth)


@wrong
def alliance_need_not_have_a_seat(patch: Patch) -> None:
    patch.setattr(grading, "_REVIEWED_FOR_ANOTHER", ())


@wrong
def degrees_need_no_programme_report(patch: Patch) -> None:
    patch.setattr(grading, "_degree_obstacle", lambda *asked: [])


@wrong
def micro_credentials_need_a_programme_report(patch: Patch) -> None:
    right = grading._provider_obstacles

    def obstacles(question: Any, report: Any) -> Any:
        return right(replace(question, credential=replace(question.credential, degree=True)), report)

    patch.setattr(grading, "_provider_obstacles", obstacles)


@wrong
def level_does_not_matter(patch: Patch) -> None:
    patch.setattr(grading, "_provider_obstacles", lambda *asked: ((), ()))


@wrong
def attendance_will_do(patch: Patch) -> None:
    patch.setattr(grading, "_assessment_obstacle", lambda *asked: ())


# -- programmes


@wrong
def equal_name_is_enough(patch: Patch) -> None:
    right = matching.by_name

    def by_name(*asked: Any) -> Match:
        return Match.EXACT if right(*asked) is Match.NEAR else right(*asked)

    patch.setattr(matching, "by_name", by_name)


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
        return right(question, replace(parts, near=(), unmatched=()))

    patch.setattr(judging, "_absence", absence)


@wrong
def any_programme_of_the_provider_matches(patch: Patch) -> None:
    patch.setattr(judging, "match", lambda *asked: Match.EXACT)
    patch.setattr(grading, "match", lambda *asked: Match.EXACT)


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


# -- providers and paths


@wrong
def first_of_two_providers_is_taken(patch: Patch) -> None:
    right = resolve._bearers
    patch.setattr(resolve, "_bearers", lambda *asked: right(*asked)[:1])


@wrong
def identifiers_never_end(patch: Patch) -> None:
    patch.setattr(resolve, "within", lambda *asked: True)


@wrong
def end_of_an_identifier_is_inclusive(patch: Patch) -> None:
    patch.setattr(resolve, "within", dates_module.within_inclusive)


@wrong
def closed_providers_may_award(patch: Patch) -> None:
    patch.setattr(rule, "not_open", lambda *asked: None)


@wrong
def closing_day_is_closed(patch: Patch) -> None:
    right = resolve.not_open
    patch.setattr(rule, "not_open", lambda provider, day: right(provider, day + timedelta(days=1)))


@wrong
def founding_day_is_too_early(patch: Patch) -> None:
    right = resolve.not_open
    patch.setattr(rule, "not_open", lambda provider, day: right(provider, day - timedelta(days=1)))


@wrong
def absorbed_carries(patch: Patch) -> None:
    _relations_become(patch, {"absorbed": "succeeded"})


@wrong
def spun_off_carries(patch: Patch) -> None:
    _relations_become(patch, {"was spun off from": "succeeded"})


@wrong
def history_is_read_backwards(patch: Patch) -> None:
    _relations_become(patch, {"succeeded": "succeeded by", "succeeded by": "succeeded"})


@wrong
def independent_faculty_is_a_faculty(patch: Patch) -> None:
    _relations_become(patch, {"independent faculty or school": "faculty"})


@wrong
def consortium_covers_its_members(patch: Patch) -> None:
    _relations_become(patch, {"consortium": "faculty"})


@wrong
def franchise_is_covered(patch: Patch) -> None:
    _relations_become(patch, {"franchise or validation": "faculty"})


@wrong
def children_cover_their_parent(patch: Patch) -> None:
    right = paths._up
    patch.setattr(
        paths, "_up", lambda question, each: right(question, each.model_copy(update={"role": "parent"}))
    )


@wrong
def succession_is_never_doubted(patch: Patch) -> None:
    patch.setattr(paths, "_inverted", lambda *asked: False)


@wrong
def two_hops_carry(patch: Patch) -> None:
    right = paths._from_before
    patch.setattr(paths, "_from_before", lambda *asked: right(*asked[:-1], 1))


@wrong
def only_one_hop_is_looked_at(patch: Patch) -> None:
    right = paths._history
    patch.setattr(
        paths, "_history", lambda question: [w for w in right(question) if w.kind is not PathKind.HISTORY]
    )


@wrong
def end_before_the_succession_does_not_matter(patch: Patch) -> None:
    right = paths._candidates

    def candidates(
        question: Any, kind: Any, subject: Any, since: Any = None, institutional: bool = False
    ) -> Any:
        return right(question, kind, subject, None, institutional)

    patch.setattr(paths, "_candidates", candidates)


@wrong
def report_has_to_outlive_the_succession(patch: Patch) -> None:
    patch.setattr(paths, "last_day", lambda report: dates_module.last_day(report) - timedelta(days=1))


@wrong
def predecessor_is_asked_only_when_there_is_nothing_newer(patch: Patch) -> None:
    """Taking each path's best instead of the newest report of both."""
    right = rule._together

    def together(question: Any, ways: Any, found: Any) -> Verdict:
        yes = [each.verdict for each in found if each.verdict.outcome.covers]
        return yes[0] if yes else right(question, ways, found)

    patch.setattr(rule, "_together", together)


@wrong
def alliance_covers_whatever_its_members_award(patch: Patch) -> None:
    right = paths._up

    def up(question: Any, relation: Any) -> Any:
        credential = replace(question.credential, alliance=relation.other)
        return right(replace(question, credential=credential), relation)

    patch.setattr(paths, "_up", up)


@wrong
def membership_does_not_end(patch: Patch) -> None:
    patch.setattr(paths, "within", lambda *asked: True)


@wrong
def end_of_a_membership_is_inclusive(patch: Patch) -> None:
    patch.setattr(paths, "within", dates_module.within_inclusive)


@wrong
def all_reports_of_the_parent_cover_a_faculty(patch: Patch) -> None:
    right = paths._candidates
    patch.setattr(paths, "_candidates", lambda *asked, institutional=False: right(*asked))


@wrong
def faculty_paths_are_not_asked(patch: Patch) -> None:
    right = paths._hierarchy
    patch.setattr(
        paths, "_hierarchy", lambda question: [w for w in right(question) if w.kind is not PathKind.FACULTY]
    )


@wrong
def platforms_are_providers(patch: Patch) -> None:
    right = snapshot.MemorySnapshot.reports_naming

    def reports_naming(self: Any, provider: str) -> Any:
        return tuple(
            replace(
                row,
                facts=row.facts.model_copy(
                    update={"providers": (*row.facts.providers, *row.facts.platforms)}
                ),
            )
            for row in right(self, provider)
        )

    patch.setattr(snapshot.MemorySnapshot, "reports_naming", reports_naming)


def _relations_become(patch: Patch, kinds: dict[str, str]) -> None:
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
