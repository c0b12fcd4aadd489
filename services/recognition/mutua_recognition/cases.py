"""From rows to a case: what the engine is given for one request, from a batch's projections and the
catalogue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain.canonical import digest, read
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Holder, Origin, Purpose, Regime
from mutua_recognition.domain.facts import Facts
from mutua_recognition.domain.flaws import Refused
from mutua_recognition.domain.mandates import mandate_for
from mutua_recognition.domain.pins import Pin
from mutua_recognition.domain.policy import PolicyBundle, policy_for
from mutua_recognition.domain.registry import Registry
from mutua_recognition.domain.request import CredentialRef, Dates, Request, Target
from mutua_recognition.projections import name_key
from mutua_recognition.store import DueRequest, RegistryRows

REGISTRY = "deqar"
NO_SNAPSHOT = Pin(REGISTRY, "none", digest({"registry": REGISTRY}))
"""What a case is pinned to before the projection has passed any completed snapshot."""
NO_POLICY = "mutua-no-policy"
"""Id of the built-in bundle of a recogniser that has released none: it decides nothing without a person."""


@dataclass(frozen=True, slots=True)
class Given:
    """A request with what was found in its credential, and what its issuer has said of it since."""

    request: DueRequest
    facts: Facts
    known_as: str | None
    """The id that the credential gives itself, where its signature is proven."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be loaded from the registry's projection for a batch."""

    providers: tuple[str, ...]
    identifiers: tuple[tuple[str, str], ...]
    names: tuple[str, ...]


def needs_of(given: Sequence[Given]) -> Needs:
    """Providers, identifiers and names that the batch's credentials name as awarding bodies."""
    bodies = [one.facts.content.awarding_body for one in given if one.facts.content is not None]
    known = [body for body in bodies if body is not None]
    providers = {value for body in known for scheme, value in body.identifiers if scheme == "DEQARINST"}
    identifiers = {pair for body in known for pair in body.identifiers if pair[0] != "DEQARINST"}
    names = {name_key(body.name) for body in known if body.name is not None}
    return Needs(tuple(sorted(providers)), tuple(sorted(identifiers)), tuple(sorted(names)))


def case_of(
    given: Given, catalogue: Catalogue, rows: RegistryRows, now: datetime, *, budget: int | None
) -> Case:
    """The case of one request. A recogniser without a policy gets one that leaves everything to a person."""
    due, facts = given.request, given.facts
    purpose = Purpose(due.purpose)
    policy = policy_for(due.recogniser, purpose, now.date(), catalogue.policies, catalogue.alliances.values())
    mandate = mandate_for(due.recogniser, purpose, now.date(), catalogue.mandates)
    body = facts.content.awarding_body if facts.content else None
    candidates = (
        rows.by_name.get(name_key(body.name), ()) if body is not None and body.name is not None else ()
    )
    return Case(
        facts=facts,
        request=_request(due, facts),
        policy=policy or PolicyBundle(NO_POLICY, due.recogniser, purpose, 1, regimes=tuple(Regime)),
        mandate=mandate if policy is not None else None,
        trust=replace(catalogue.trust(), budget=budget),
        registry=registry_of(rows, candidates),
        dates=Dates(due.received_at.date(), due.complete_on or due.received_at.date(), now),
    )


def registry_of(rows: RegistryRows, candidates: tuple[str, ...]) -> Registry:
    """The registry's view of a batch, with the providers that bear the awarding body's name."""
    passed = rows.snapshot
    pin = Pin(REGISTRY, passed.id, passed.digest) if passed is not None else NO_SNAPSHOT
    as_of = passed.started_at if passed is not None else None
    return Registry(pin, as_of, rows.changes, caught_up=passed is not None, candidates=candidates)


def _request(due: DueRequest, facts: Facts) -> Request:
    presented = due.presented_at is not None
    body = facts.content.awarding_body if facts.content else None
    return Request(
        credential=CredentialRef(
            due.credential,
            due.digest,
            due.format,
            facts.signer,
            (body.identifier("DEQARINST") if body else None) or due.awarding_body,
        ),
        recogniser=due.recogniser,
        purpose=Purpose(due.purpose),
        target=None if due.target is None else _target(due.target),
        regime=Regime(due.regime),
        origin=Origin.PRESENTED if presented else Origin(due.origin),
        holder=Holder(due.holder),
    )


def _target(text: str) -> Target:
    found = read(Target, json.loads(text))
    if isinstance(found, Refused):
        raise ValueError(f"a stored target cannot be read: {found.code} at {found.flaws[0].path}")
    return found
