"""Wrong rules about grade, country, level and assessment."""

from dataclasses import replace
from typing import Any

from wrong_rule import Patch, Wrong, into

from mutua_contracts.registry import CountryFacts
from mutua_coverage import (
    Outcome,
    Verdict,
    grading,
    judging,
    seat,
)
from mutua_coverage import dates as dates_module
from mutua_coverage.seat import Seat

WRONG: list[Wrong] = []
wrong = into(WRONG)


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


@wrong
def unknown_requirements_are_none(patch: Patch) -> None:
    right = Seat.requires_programme_level
    patch.setattr(
        Seat,
        "requires_programme_level",
        lambda self, day: right(self, day) if self.country is None else bool(right(self, day)),
    )


@wrong
def level_that_is_not_stated_is_offered(patch: Patch) -> None:
    right = grading._provider_obstacles

    def obstacles(question: Any, report: Any) -> Any:
        found, notes = right(question, report)
        return (() if question.credential.level is None else found), notes

    patch.setattr(grading, "_provider_obstacles", obstacles)


@wrong
def degrees_may_be_for_attendance(patch: Patch) -> None:
    right = grading._assessment_obstacle
    patch.setattr(
        grading,
        "_assessment_obstacle",
        lambda question, report: () if question.credential.degree else right(question, report),
    )


@wrong
def report_without_verdict_is_not_looked_into(patch: Patch) -> None:
    patch.setattr(
        judging,
        "undecided",
        lambda question, scope, report: Verdict(Outcome.EVIDENCE_ONLY, governing=grading.governed(report)),
    )
