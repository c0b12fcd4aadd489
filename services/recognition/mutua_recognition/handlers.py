"""Recognition's handlers: batches of events in, outcomes out.

Issuers and registry changes become rows of the projections; an issued credential is stored and, where
standing rules ask for it, queued for evaluation; what its issuer says of it later reaches the requests about
it. Deciding happens in `evaluation`, for all requests alike.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mutua_contracts.credential import CredentialIssued, CredentialStatusChanged
from mutua_contracts.ids import request_id
from mutua_contracts.registry import SnapshotCompleted
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection
from mutua_kernel.events import Done, Event, Handler, Outcome, Park, Skip
from mutua_kernel.outbox import Emit
from mutua_recognition import store
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain.canonical import write
from mutua_recognition.domain.standing_rules import Award, matching
from mutua_recognition.projections import IssuerRow, Projected, RegistryRow, compromised_keys, project
from mutua_recognition.statuses import StatusRow, revisited, status_row
from mutua_recognition.store import IssuedCredential, RuleRequest


def projection_handler(clock: Clock) -> Handler:
    """The handler of `mutua.issuer` and `mutua.registry`: two writes, one more for compromised keys."""

    async def handle(tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
        found = [project(event) for event in events]
        await _project(tx, found)
        keys = [key for event in events for key in compromised_keys(event)]
        touched = await store.follow_compromise(tx, keys, now=clock.now()) if keys else ()
        stated = _stated(touched)
        return [
            Skip("not_projected") if row is None else Done(tuple(stated.get(str(event.envelope.id), ())))
            for event, row in zip(events, found, strict=True)
        ]

    return handle


async def _project(tx: Connection, found: Sequence[Projected | None]) -> None:
    """Writes rows of the projections. A completed snapshot is written last: every change that it speaks of
    stands before it on its topic.
    """
    issuers = [row for row in found if isinstance(row, IssuerRow)]
    rows = [row for row in found if isinstance(row, RegistryRow)]
    snapshots = [row for row in found if isinstance(row, SnapshotCompleted)]
    if issuers:
        await store.project_issuers(tx, issuers)
    if rows:
        await store.project_registry(tx, rows)
    if snapshots:
        await store.project_snapshot(tx, max(snapshots, key=lambda snapshot: snapshot.completed_at))


def credential_handler(
    catalogue: Catalogue, clock: Clock, *, patience: float, on_queued: Callable[[], None]
) -> Handler:
    """The handler of `mutua.credential`: one read, two writes. `patience` is in seconds."""

    async def handle(tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
        await catalogue.refresh(tx)
        outcomes: list[Outcome] = []
        credentials: list[IssuedCredential] = []
        requests: list[RuleRequest] = []
        statuses: dict[int, StatusRow] = {}
        for place, event in enumerate(events):
            data = event.envelope.data
            if not isinstance(data, CredentialIssued | CredentialStatusChanged):
                outcomes.append(Skip("not_read"))
            elif data.credential_id != event.key:
                outcomes.append(
                    Park("misaddressed", "found another credential than the key names, expected the same")
                )
            elif isinstance(data, CredentialStatusChanged):
                statuses[place] = status_row(data, event)
                outcomes.append(Done())
            else:
                credentials.append(_credential(data))
                asked = _requests(data, event, catalogue)
                requests += asked
                outcomes.append(Done() if asked else Skip("no_standing_rule"))
        if credentials:
            await store.store_issued(tx, credentials, requests, now=clock.now(), patience=patience)
        if statuses:
            stated = _stated(await store.store_statuses(tx, list(statuses.values()), now=clock.now()))
            for place, row in statuses.items():
                outcomes[place] = Done(tuple(stated.get(row.cause, ())))
        if requests or statuses:
            on_queued()
        return outcomes

    return handle


def _stated(touched: Sequence[Mapping[str, Any]]) -> dict[str, list[Emit]]:
    """What has to be stated about decisions that stand, by the event that led to it."""
    stated: dict[str, list[Emit]] = {}
    for row in touched:
        stated.setdefault(row["cause"], []).append(revisited(row))
    return stated


def _credential(data: CredentialIssued) -> IssuedCredential:
    return IssuedCredential(
        data.credential_id,
        data.issuer,
        data.awarding_body,
        data.country,
        data.component,
        data.award_date,
        data.format,
        data.digest,
        data.credential,
    )


def _requests(data: CredentialIssued, event: Event, catalogue: Catalogue) -> list[RuleRequest]:
    award = Award(data.awarding_body, data.award_date, data.component)
    countries = {rule.id: country for rule, country in catalogue.newest_rules()}
    rules = matching([rule for rule, _ in catalogue.newest_rules()], award, catalogue.alliances.get)
    return [
        RuleRequest(
            id=request_id(
                data.credential_id, rule.recogniser, rule.purpose, rule.target.id if rule.target else None
            ),
            recogniser=rule.recogniser,
            credential=data.credential_id,
            purpose=rule.purpose,
            target=None if rule.target is None else store.compact(write(rule.target)),
            regime=rule.regime,
            rule=rule.id,
            country=countries[rule.id],
            issuer=data.issuer,
            award_country=data.country,
            cause=str(event.envelope.id),
            traceparent=event.envelope.traceparent,
        )
        for rule in rules
    ]
