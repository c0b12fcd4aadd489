"""An answer as plain values for JSON, the same for every interface and the same for the same answer."""

from datetime import datetime
from typing import Any

from mutua_coverage.model import Coverage, Governing, Permission, Verdict
from mutua_coverage.reasons import Reason


def as_json(coverage: Coverage) -> dict[str, Any]:
    """Every member of the answer; sets are sorted, days and instants in ISO 8601 (UTC with `Z`)."""
    return {
        "outcome": coverage.outcome.value,
        "grade": coverage.grade and coverage.grade.value,
        "scope": coverage.scope and coverage.scope.value,
        "reports": [_governing(each) for each in coverage.governing],
        "permissions": _permissions(coverage.permissions),
        "reasons": [_reason(each) for each in coverage.reasons],
        "paths": [
            {"kind": path.kind.value, "provider": path.provider, **_verdict(path.verdict)}
            for path in coverage.paths
        ],
        "provider": coverage.provider,
        "award_date": coverage.award_date.isoformat(),
        "snapshot": coverage.snapshot,
        "as_of": _instant(coverage.as_of),
        "rule_version": coverage.rule_version,
        "evidence": [f"{kind}:{id}" for kind, id in coverage.evidence],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.value,
        "grade": verdict.grade and verdict.grade.value,
        "scope": verdict.scope and verdict.scope.value,
        "reports": [_governing(each) for each in verdict.governing],
        "permissions": _permissions(verdict.permissions),
        "reasons": [_reason(each) for each in verdict.reasons],
    }


def _governing(governing: Governing) -> dict[str, Any]:
    return {
        "id": governing.report,
        "agency": governing.agency,
        "listed_at": governing.listed_at and _instant(governing.listed_at),
        "detailed_at": governing.detailed_at and _instant(governing.detailed_at),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code.value,
        "catalogue": reason.catalogue,
        "polarity": reason.polarity,
        "found": reason.found,
        "expected": reason.expected,
        "reports": list(reason.reports),
        "providers": list(reason.providers),
    }


def _permissions(permissions: frozenset[Permission]) -> list[str]:
    return sorted(permission.value for permission in permissions)


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
