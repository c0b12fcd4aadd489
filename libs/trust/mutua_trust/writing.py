"""Statements, requests, policies and verdicts to the JSON of the corpus runner.

Plain dicts with every member, in the documented order; what is written is read back as an equal value.
"""

from typing import Any

from mutua_trust.fields import shortest_codes
from mutua_trust.policy import Policy
from mutua_trust.request import Request
from mutua_trust.statement import ASPECTS, Interval, Statement
from mutua_trust.verdict import NearestMiss, Verdict

Json = dict[str, Any]


def statement_to_json(statement: Statement) -> Json:
    """Every member of the runner's format; codes of fields as short as they can be."""
    scope = statement.scope
    dimensions: Json = {
        "isced_f": None if scope.fields is None else list(shortest_codes(scope.fields)),
        "eqf": _sorted(scope.levels),
        "max_ects": scope.max_ects,
        "assessment": _sorted(scope.assessments),
        "mode": _sorted(scope.modes),
        "aspects": None if scope.aspects is None else [a.value for a in ASPECTS if a in scope.aspects],
    }
    return {
        "id": statement.id,
        "truster": statement.truster,
        "trustee": statement.trustee,
        "polarity": statement.polarity.value,
        "scope": {dimension: value for dimension, value in dimensions.items() if value is not None},
        "depth": statement.depth,
        "assurance": int(statement.assurance),
        "in_force": _interval_to_json(statement.in_force),
        "covers_awards": _interval_to_json(statement.covers_awards),
        "recorded": statement.recorded,
        "revoked": statement.revoked,
    } | {
        member: value
        for member, value in (("evidence", list(statement.evidence)), ("signature", statement.signature))
        if value
    }


def _sorted(items: frozenset[Any] | None) -> list[Any] | None:
    return None if items is None else sorted(items)


def _interval_to_json(interval: Interval) -> Json:
    return {
        "from": interval.start.isoformat() if interval.start else None,
        "to": interval.end.isoformat() if interval.end else None,
    }


def request_to_json(request: Request) -> Json:
    return {
        "id": request.id,
        "recogniser": request.recogniser,
        "issuer": request.issuer,
        "isced_f": None if request.fields is None else list(shortest_codes(request.fields)),
        "eqf": request.level,
        "ects": request.ects,
        "assessment": request.assessment,
        "mode": request.mode,
        "aspects": None if request.aspects is None else [a.value for a in ASPECTS if a in request.aspects],
        "award_date": request.award_day.isoformat(),
        "decision_date": request.decision_day.isoformat(),
        "version": request.version,
    }


def policy_to_json(policy: Policy) -> Json:
    return {
        "max_hops": policy.max_hops,
        "min_assurance": list(policy.min_assurance),
        "binding": sorted(policy.binding),
        "mode": policy.mode.value,
        "quorum": policy.quorum,
    }


def verdict_to_json(verdict: Verdict) -> Json:
    """Every member, whatever the outcome; what it does not use is null."""
    chains = verdict.chains
    return {
        "id": verdict.request,
        "outcome": verdict.outcome.value,
        "chain": _list(verdict.chain),
        "chains": None if chains is None else {a.value: list(chains[a]) for a in ASPECTS if a in chains},
        "reason": verdict.reason and verdict.reason.value,
        "nearest_miss": _miss_to_json(verdict.nearest_miss),
        "vetoed_by": _list(verdict.vetoed_by),
        "version": verdict.version,
    }


def _list(items: tuple[str, ...] | None) -> list[str] | None:
    return None if items is None else list(items)


def _miss_to_json(miss: NearestMiss | None) -> Json | None:
    if miss is None:
        return None
    return {
        "chain": list(miss.chain),
        "failures": [
            {"statement": failure.statement, "constraints": [c.value for c in failure.constraints]}
            for failure in miss.failures
        ],
    }
