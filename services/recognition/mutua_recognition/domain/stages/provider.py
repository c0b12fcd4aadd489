"""S4, provider: the awarding body is one provider of the registry, found by identifier, open at the award, no
platform.

A name alone identifies nobody. Only a body on the policy's own list of suspected mills fails, and then a
person looks.
"""

from collections.abc import Mapping

from mutua_coverage import Code, Coverage
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.facts import BodyFacts
from mutua_recognition.domain.findings import Finding, cannot_run, failed, inconclusive, passed
from mutua_recognition.domain.reasons import Polarity, Reason, Source, reason

BODY = "awarding_body"


def provider(case: Case) -> Finding:
    body = case.content.awarding_body
    if body is None:
        return cannot_run(Stage.S4, BODY)
    suspect = _suspected(case, body)
    if suspect is not None:
        source = Source("policy", case.policy.id, hash=case.policy.pin.digest)
        return failed(_about("PROV.MILL_SUSPECTED", "-", suspect, "a body that is not on the list", source))
    if not body.identifiers:
        return inconclusive(_name_only(case, body))
    coverage = case.coverage
    if coverage is None:
        return cannot_run(Stage.S4, "date_of_issuing")
    return _as_registered(case, coverage, body)


def _as_registered(case: Case, coverage: Coverage, body: BodyFacts) -> Finding:
    told = {each.code: each for each in coverage.reasons}
    closed = told.get(Code.PROVIDER_NOT_OPEN)
    if closed is not None:
        successors = {"candidates": list(closed.providers)}
        return inconclusive(
            _about("PROV.CLOSED", "0", closed.found, closed.expected, _registry(case), successors)
        )
    if coverage.provider is None:
        ambiguous = told.get(Code.PROVIDER_AMBIGUOUS)
        found = ambiguous.found if ambiguous else _identifiers(body)
        candidates = {"candidates": list(ambiguous.providers) if ambiguous else []}
        return inconclusive(_about("PROV.UNKNOWN", "0", found, "one provider", _registry(case), candidates))
    source = case.registry.source("provider", coverage.provider)
    if Code.PLATFORM_ONLY in told:
        return inconclusive(
            _about("PROV.PLATFORM_NOT_PROVIDER", "0", coverage.provider, "a body that awards", source)
        )
    return passed(_about("PROV.MATCHED", "+", coverage.provider, "one provider", source))


def _suspected(case: Case, body: BodyFacts) -> str | None:
    known_as = {value for _, value in body.identifiers} | ({case.awarding_body} - {None})
    return min((each for each in known_as if each in case.policy.suspected_mills), default=None)


def _name_only(case: Case, body: BodyFacts) -> Reason:
    candidates = {"candidates": list(case.registry.candidates)}
    return _about(
        "PROV.NAME_ONLY", "0", body.name, "an identifier of the awarding body", _registry(case), candidates
    )


def _registry(case: Case) -> Source:
    return Source("registry", case.registry.pin.id, case.registry.as_of, case.registry.pin.digest)


def _identifiers(body: BodyFacts) -> str:
    return ", ".join(f"{scheme} {value}" for scheme, value in body.identifiers)


def _about(
    code: str,
    polarity: Polarity,
    found: str | None,
    expected: str,
    source: Source,
    params: Mapping[str, object] | None = None,
) -> Reason:
    return reason(
        code,
        Stage.S4,
        polarity,
        subject=f"/{BODY}",
        found=found,
        expected=expected,
        source=source,
        params=params,
    )
