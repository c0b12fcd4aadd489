"""Wrong rules about which provider is meant and how reports reach it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from wrong_rule import Patch, Wrong, into, relations_become

from mutua_coverage import (
    Outcome,
    PathKind,
    Verdict,
    paths,
    resolve,
    rule,
    snapshot,
    weighing,
)
from mutua_coverage import dates as dates_module

WRONG: list[Wrong] = []
wrong = into(WRONG)


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
    relations_become(patch, {"absorbed": "succeeded"})


@wrong
def spun_off_carries(patch: Patch) -> None:
    relations_become(patch, {"was spun off from": "succeeded"})


@wrong
def history_is_read_backwards(patch: Patch) -> None:
    relations_become(patch, {"succeeded": "succeeded by", "succeeded by": "succeeded"})


@wrong
def independent_faculty_is_a_faculty(patch: Patch) -> None:
    relations_become(patch, {"independent faculty or school": "faculty"})


@wrong
def consortium_covers_its_members(patch: Patch) -> None:
    relations_become(patch, {"consortium": "faculty"})


@wrong
def franchise_is_covered(patch: Patch) -> None:
    relations_become(patch, {"franchise or validation": "faculty"})


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
    right = weighing.together

    def together(question: Any, ways: Any, each_alone: Any) -> Verdict:
        yes = [each for each in each_alone if each.outcome.covers]
        return yes[0] if yes else right(question, ways, each_alone)

    patch.setattr(rule, "together", together)


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


@wrong
def what_only_refers_never_takes_a_yes_away(patch: Patch) -> None:
    patch.setattr(weighing, "_referred_against", lambda *asked: None)


@wrong
def unclear_predecessors_always_take_a_yes_away(patch: Patch) -> None:
    def against(question: Any, ways: Any, *rest: Any) -> Any:
        return next((Verdict(Outcome.REFER) for way in ways if way.refer), None)

    patch.setattr(weighing, "_referred_against", against)


@wrong
def eter_ids_are_identifiers_like_any(patch: Patch) -> None:
    right = resolve._bearers

    def bearers(identifier: Any, *rest: Any) -> Any:
        return (right if identifier.scheme else resolve._bearing)(identifier, *rest)

    patch.setattr(resolve, "_bearers", bearers)


@wrong
def local_identifiers_are_identifiers_like_any(patch: Patch) -> None:
    right = resolve._same
    patch.setattr(
        resolve, "_same", lambda wanted, borne: right(wanted, borne.model_copy(update={"agency": None}))
    )


@wrong
def mere_presence_in_the_registrys_list_is_enough(patch: Patch) -> None:
    """The registry lists reports under a provider that they do not name."""

    def reports_naming(self: Any, provider: str) -> Any:
        rows = {row.id: row for rows in self._naming.values() for row in rows}
        return tuple(
            replace(row, facts=row.facts.model_copy(update={"providers": (*row.facts.providers, provider)}))
            for row in rows.values()
        )

    patch.setattr(snapshot.MemorySnapshot, "reports_naming", reports_naming)
