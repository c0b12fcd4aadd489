"""What a change of the trust log would do, before anybody signs it: which credentials become or cease to be
automatic, and which decisions rest on what would end.

Whoever asks sees what changes for its own organisation, and of others how many it concerns: their names are
their own business.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain.canonical import Json
from mutua_recognition.domain.codes import Purpose
from mutua_recognition.domain.policy import TrustTerms, policy_for
from mutua_trust import ASPECTS, Request, Statement
from mutua_trust.policy import Overlay, PolicyBook
from mutua_trust.preview import Change, Preview, preview_publishing, preview_revoking

LIMIT: Final = 100_000
"""Decisions that one preview may take; beyond it the answer says that it is not complete."""


@dataclass(frozen=True, slots=True)
class Like:
    """The kind of credential that is asked about; fields and levels are all tried."""

    purpose: Purpose
    award_date: date
    decision_date: date
    ects: float
    assessment: str
    mode: str


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of all recognisers for one purpose on one day."""

    book: PolicyBook
    recognisers: frozenset[str]
    terms: TrustTerms
    """Those of whoever asks."""


def policies_of(catalogue: Catalogue, asker: str, like: Like) -> Policies:
    """What every recogniser follows; one without a policy decides nothing by machine and is left out."""
    alliances = list(catalogue.alliances.values())
    candidates = {policy.owner for policy in catalogue.policies}
    candidates |= {member.entity for alliance in alliances for member in alliance.members}
    found: dict[str, TrustTerms] = {}
    for recogniser in sorted(candidates):
        policy = policy_for(recogniser, like.purpose, like.decision_date, catalogue.policies, alliances)
        if policy is not None:
            found[recogniser] = policy.trust
    own = found.get(asker, TrustTerms())
    overlays = {recogniser: _overlay(terms) for recogniser, terms in {**found, asker: own}.items()}
    return Policies(PolicyBook(None, overlays), frozenset(overlays), own)


def publishing(catalogue: Catalogue, asker: str, made: Sequence[Statement], like: Like) -> Json:
    """What these statements would change. They are of one truster: no chain takes two of them, so each may be
    looked at alone.
    """
    policies = policies_of(catalogue, asker, like)
    found: list[Preview] = []
    for one in made:
        request = _request(one.truster, one.trustee, like, policies)
        found.append(preview_publishing(catalogue.index, one, request, policies.book, LIMIT))
    return _answer(found, asker, policies, int(catalogue.log.version))


def revoking(catalogue: Catalogue, asker: str, ids: Iterable[str], like: Like) -> Json:
    """What the end of these statements would change."""
    policies = policies_of(catalogue, asker, like)
    found: list[Preview] = []
    for id in ids:
        known = catalogue.index.statement(id)
        if known is not None:
            request = _request(known.truster, known.trustee, like, policies)
            found.append(preview_revoking(catalogue.index, id, request, policies.book, LIMIT))
    return _answer(found, asker, policies, int(catalogue.log.version))


def _request(recogniser: str, issuer: str, like: Like, policies: Policies) -> Request:
    return Request(
        id="preview",
        recogniser=recogniser,
        issuer=issuer,
        fields=None,
        level=None,
        ects=like.ects,
        assessment=like.assessment,
        mode=like.mode,
        aspects=frozenset(policies.terms.aspects or ASPECTS),
        award_day=like.award_date,
        decision_day=like.decision_date,
    )


def _overlay(terms: TrustTerms) -> Overlay:
    rule = terms.rule()
    return {
        "max_hops": rule.max_hops,
        "min_assurance": rule.min_assurance,
        "binding": rule.binding,
        "mode": rule.mode,
        "quorum": rule.quorum,
    }


def _answer(found: Sequence[Preview], asker: str, policies: Policies, version: int) -> Json:
    changes = {change for preview in found for change in preview.changes}
    counted = [change for change in changes if change.recogniser in policies.recognisers]
    others = Counter(_told(change) for change in counted if change.recogniser != asker)
    return {
        "version": version,
        "complete": all(preview.complete for preview in found),
        "own": [_json(told) for told in sorted(_told(c) for c in counted if c.recogniser == asker)],
        "others": [{**_json(told), "recognisers": number} for told, number in sorted(others.items())],
    }


Told = tuple[str, tuple[str, ...], tuple[int, ...], bool]


def _told(change: Change) -> Told:
    return change.issuer, change.fields, change.levels, change.gained


def _json(told: Told) -> dict[str, Any]:
    issuer, fields, levels, gained = told
    return {"issuer": issuer, "isced_f": list(fields), "eqf": list(levels), "gained": gained}
