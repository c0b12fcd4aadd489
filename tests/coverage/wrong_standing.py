"""Wrong rules about which reports count on a day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from wrong_rule import Patch, Wrong, instead, into, standing_becomes

from mutua_coverage import (
    Outcome,
    Verdict,
    doubt,
    eligibility,
    paths,
    weighing,
)
from mutua_coverage import dates as dates_module
from mutua_coverage.eligibility import Candidate, Standing

WRONG: list[Wrong] = []
wrong = into(WRONG)


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

    standing_becomes(patch, change)


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
    instead(patch, Standing.NOT_STARTED, Standing.IN_FORCE)


@wrong
def ended_reports_count(patch: Patch) -> None:
    instead(patch, Standing.ENDED, Standing.IN_FORCE)


@wrong
def any_agency_will_do(patch: Patch) -> None:
    instead(patch, Standing.UNCERTAIN, Standing.IN_FORCE)


@wrong
def uncertain_agency_is_a_no(patch: Patch) -> None:
    instead(patch, Standing.UNCERTAIN, Standing.GONE)


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
    instead(patch, Standing.WITHHELD, Standing.IN_FORCE)


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


@wrong
def extraordinary_decisions_end_nothing(patch: Patch) -> None:
    right = eligibility._steps

    def steps(agency: Any, day: date) -> Any:
        kept = tuple(each for each in agency.decisions if each.kind != "extraordinary")
        return right(agency.model_copy(update={"decisions": kept}), day)

    patch.setattr(eligibility, "_steps", steps)


@wrong
def second_admission_within_the_interval_is_not_seen(patch: Patch) -> None:
    right = eligibility._in_current_registration

    def registered(agency: Any, start: date) -> bool:
        return right(agency.model_copy(update={"decisions": ()}), start)

    patch.setattr(eligibility, "_in_current_registration", registered)


@wrong
def any_admission_within_the_interval_is_a_gap(patch: Patch) -> None:
    right = eligibility._steps
    first = (date.min, "admission")
    patch.setattr(eligibility, "_steps", lambda *asked: ([first, *right(*asked)[0]], right(*asked)[1]))


@wrong
def uncertain_reports_are_dropped(patch: Patch) -> None:
    patch.setattr(weighing, "in_every_case", lambda doubtful, decide: decide(lambda each: each))


@wrong
def uncertain_reports_are_taken(patch: Patch) -> None:
    patch.setattr(weighing, "in_every_case", lambda doubtful, decide: decide(doubt.counted))


@wrong
def uncertain_reports_leave_everything_open(patch: Patch) -> None:
    right = doubt.in_every_case

    def in_every_case(doubtful: Any, decide: Any) -> Verdict:
        return Verdict(Outcome.INDETERMINATE) if doubtful else right(doubtful, decide)

    patch.setattr(weighing, "in_every_case", in_every_case)


@wrong
def unknown_codes_of_a_parent_do_not_matter(patch: Patch) -> None:
    patch.setattr(weighing, "may_refuse", lambda *asked: ())
