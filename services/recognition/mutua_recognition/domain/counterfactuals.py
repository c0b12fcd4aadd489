"""What would have changed the outcome: each line is a re-run of the same rules with one fact changed.

Only a change that leads to a yes is named. Where no single one does, all of them together are tried. This is
the explanation that people can act on; a list of rules is not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from mutua_coverage import Coverage, Outcome
from mutua_credentials.annex_i import State
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Basis, MandateEffect
from mutua_recognition.domain.content import Counterfactual, MachineOutcome
from mutua_recognition.domain.intervals import Interval
from mutua_recognition.domain.mandates import Mandate
from mutua_recognition.domain.mending import Mend, mends
from mutua_recognition.domain.outcome import may_decide
from mutua_recognition.domain.registry import Registry
from mutua_recognition.domain.stages.completeness import unclean_elements
from mutua_recognition.domain.stages.level import needed_level
from mutua_recognition.domain.stages.quality import stale


@dataclass(frozen=True, slots=True)
class Change:
    """One fact, changed."""

    subject: str
    change: str
    audience: tuple[str, ...]
    apply: Callable[[Case], Case]


def favourable_changes(case: Case, rerun: Callable[[Case], MachineOutcome]) -> tuple[Counterfactual, ...]:
    """The single changes that lead to a yes; where there is none, the joint one if it does."""
    if case.facts.content is None:
        return ()
    case = replace(case, registry=_stored_rows(case))
    topics = [tuple(topic(case)) for topic in (_elements, _registry, _coverage, _trust, _level, _mandate)]
    changes = [change for topic in topics for change in topic]
    named = [
        _named(change, outcome)
        for change in changes
        if (outcome := rerun(change.apply(case))).code.favourable
    ]
    if named or len(changes) < 2:
        return tuple(named)
    joint = _joint([topic[0] for topic in topics if topic])
    outcome = rerun(joint.apply(case))
    return (_named(joint, outcome),) if outcome.code.favourable else ()


def _stored_rows(case: Case) -> Registry:
    """Just the rows that are stored with the decision, so that a replay finds the same changes."""
    rows = case.registry.rows_around(case.coverage.dependencies) if case.coverage else ()
    return case.registry.with_rows(rows)


def _named(change: Change, outcome: MachineOutcome) -> Counterfactual:
    return Counterfactual(change.subject, change.change, outcome.code, change.audience)


def _joint(changes: Sequence[Change]) -> Change:
    """All of them at once: the first of each topic, as those of one topic are alternatives."""

    def apply(case: Case) -> Case:
        for change in changes:
            case = change.apply(case)
        return case

    audience = tuple(dict.fromkeys(each for change in changes for each in change.audience))
    subject = ", ".join(change.subject for change in changes)
    return Change(subject, "; ".join(change.change for change in changes), audience, apply)


def _elements(case: Case) -> Iterator[Change]:
    missing = unclean_elements(case)
    if missing:

        def apply(case: Case) -> Case:
            states = tuple((n, State.PRESENT if n in missing else s) for n, s in case.content.states)
            return replace(case, facts=replace(case.facts, content=replace(case.content, states=states)))

        subject = ", ".join(f"/{element}" for element in missing)
        yield Change(subject, f"{', '.join(missing)} readable", ("learner", "issuer"), apply)


def _registry(case: Case) -> Iterator[Change]:
    if stale(case):
        limit = case.policy.registry_max_age_days

        def apply(case: Case) -> Case:
            fresh = case.registry.as_if_read_on(case.dates.evaluated_at)
            return replace(case, registry=fresh)

        yield Change("/registry", f"a registry snapshot of at most {limit} days", ("recogniser",), apply)


def _coverage(case: Case) -> Iterator[Change]:
    coverage = case.coverage
    if coverage is None:
        return
    if coverage.outcome in (Outcome.EXPIRED, Outcome.NOT_YET):
        yield from (_covering(coverage, report) for report in coverage.reports)
    lacking = sorted(coverage.permissions - set(case.policy.accepted_coverage))
    if coverage.outcome.covers and lacking:

        def accept(case: Case) -> Case:
            accepted = (*case.policy.accepted_coverage, *lacking)
            return replace(case, policy=replace(case.policy, accepted_coverage=accepted))

        change = f"a policy that accepts {', '.join(lacking)}"
        yield Change("/policy/accepted_coverage", change, ("recogniser",), accept)


def _covering(coverage: Coverage, report: str) -> Change:
    day = coverage.award_date

    def apply(case: Case) -> Case:
        return replace(case, registry=case.registry.with_report_in_force(report, day))

    return Change(f"report:{report}", f"report {report} covered {day}", ("issuer", "recogniser"), apply)


def _trust(case: Case) -> Iterator[Change]:
    verdict = case.trust_verdict if case.policy.basis is Basis.TRUST_CHAIN else None
    if verdict is None or verdict.accepted:
        return
    for mend in mends(case, verdict):
        yield Change(mend.subject, mend.change, mend.audience, _with(mend))


def _with(mend: Mend) -> Callable[[Case], Case]:
    def apply(case: Case) -> Case:
        terms = (
            case.policy.trust if mend.max_hops is None else replace(case.policy.trust, max_hops=mend.max_hops)
        )
        view = case.trust if mend.chain is None else case.trust.supposing(mend.chain)
        return replace(case, trust=view, policy=replace(case.policy, trust=terms))

    return apply


def _level(case: Case) -> Iterator[Change]:
    needed, found = needed_level(case), case.content.eqf
    if needed is not None and (found is None or found < needed):

        def apply(case: Case) -> Case:
            return replace(case, facts=replace(case.facts, content=replace(case.content, eqf=needed)))

        yield Change("/level", f"level eqf:{needed}", ("issuer",), apply)


def _mandate(case: Case) -> Iterator[Change]:
    request, day = case.request, case.dates.decision_day
    if may_decide(case):
        return

    def apply(case: Case) -> Case:
        supposed = Mandate(
            id="supposed",
            recogniser=request.recogniser,
            version=1,
            purposes=(request.purpose,),
            effect=MandateEffect.DECIDE,
            legal_basis=("supposed",),
            during=Interval(day, day + timedelta(days=1)),
        )
        return replace(case, mandate=supposed)

    yield Change("/mandate", f"a mandate to decide {request.purpose}", ("recogniser",), apply)
