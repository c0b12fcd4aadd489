"""Which provider of the registry an awarding body is, and whether it existed on the day."""

from dataclasses import dataclass
from datetime import date

from mutua_contracts.registry import ProviderFacts, RegistryIdentifier
from mutua_coverage.dates import within
from mutua_coverage.model import DEQARINST, ETER, Credential, Identifier
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.snapshot import Row, Snapshot, identifier_key

_LATER = ("succeeded by", "was absorbed by")
_EARLIER = ("succeeded", "absorbed", "was spun off from")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No provider, or more than one."""

    reason: Reason


def resolve(credential: Credential, snapshot: Snapshot) -> Row[ProviderFacts] | Unresolved:
    """The one provider that all identifiers which the registry knows agree on.

    An identifier that nothing bears on the award date is passed over; two that point to different providers
    are a contradiction, which a person has to look at.
    """
    rows: dict[str, Row[ProviderFacts]] = {}
    agreed: set[str] | None = None
    for identifier in credential.provider:
        bearers = _bearers(identifier, credential.award_date, snapshot)
        if bearers:
            rows |= {row.id: row for row in bearers}
            ids = {row.id for row in bearers}
            agreed = ids if agreed is None else agreed & ids
    if agreed is None:
        return Unresolved(_unknown(credential, snapshot))
    if len(agreed) == 1:
        return rows[agreed.pop()]
    expected = "identifiers of exactly one provider"
    return Unresolved(
        Reason(Code.PROVIDER_AMBIGUOUS, _named(credential), expected, providers=tuple(sorted(rows)))
    )


def _unknown(credential: Credential, snapshot: Snapshot) -> Reason:
    """Nobody bears the identifiers. A provider that is gone names whom to ask about instead."""
    asked = [snapshot.provider(each.value) for each in credential.provider if _is_own(each)]
    gone = [row for row in asked if row is not None and row.gone]
    found = _named(credential) + (", gone from the registry" if gone else "")
    instead = {other for row in gone for other in _related(row.facts, _LATER)}
    return Reason(
        Code.PROVIDER_UNKNOWN, found, "one provider of the registry", providers=tuple(sorted(instead))
    )


def _named(credential: Credential) -> str:
    told = [
        each.value if _is_own(each) else f"{each.scheme} {each.value}".strip() for each in credential.provider
    ]
    return ", ".join(told) or "no identifier"


def _is_own(identifier: Identifier) -> bool:
    return identifier.scheme.casefold() == DEQARINST.casefold()


def _bearers(identifier: Identifier, day: date, snapshot: Snapshot) -> list[Row[ProviderFacts]]:
    """Who bears it on `day`. Without a scheme it is an ETER id if anybody's, else any other identifier that
    is not local to an agency.
    """
    if not identifier.scheme:
        eter = Identifier(ETER, identifier.value)
        return _bearers(eter, day, snapshot) or _bearing(identifier, day, snapshot)
    if _is_own(identifier):
        row = snapshot.provider(identifier.value.strip())
        return [] if row is None or row.gone else [row]
    return _bearing(identifier, day, snapshot)


def _bearing(identifier: Identifier, day: date, snapshot: Snapshot) -> list[Row[ProviderFacts]]:
    def borne_by(row: Row[ProviderFacts]) -> bool:
        return any(
            _same(identifier, borne) and within(day, borne.valid_from, borne.valid_to)
            for borne in row.facts.identifiers
        )

    found = snapshot.providers_identified(identifier.scheme, identifier.value)
    return [row for row in found if not row.gone and borne_by(row)]


def _same(wanted: Identifier, borne: RegistryIdentifier) -> bool:
    if not wanted.scheme:
        return borne.agency is None and identifier_key("", borne.value) == identifier_key("", wanted.value)
    if wanted.agency not in (None, borne.agency):
        return False
    return identifier_key(borne.resource, borne.value) == identifier_key(wanted.scheme, wanted.value)


def not_open(provider: Row[ProviderFacts], day: date) -> Reason | None:
    """Why the provider cannot have awarded anything on `day`, with the providers to ask about instead."""
    facts = provider.facts
    if facts.founded is not None and facts.founded > day:
        found, kinds = f"founded {facts.founded}", _EARLIER
    elif facts.closed is not None and facts.closed < day:
        found, kinds = f"closed {facts.closed}", _LATER
    else:
        return None
    instead = tuple(sorted(_related(facts, kinds)))
    return Reason(Code.PROVIDER_NOT_OPEN, found, f"open on {day}", providers=instead)


def _related(facts: ProviderFacts, kinds: tuple[str, ...]) -> set[str]:
    return {each.other for each in facts.relations if each.role == "historical" and each.kind in kinds}
