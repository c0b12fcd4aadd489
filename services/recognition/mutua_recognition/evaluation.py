"""The queue of requests: takes what is due, evaluates it, stores the record and states what it came to.

Evidence of different topics has no common order: an issuer's key or the registry's first snapshot that is
not there
yet is waited for, for a bounded time; then the request is evaluated with what is known, and a person looks.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from prometheus_client import Counter, Gauge, Histogram

from mutua_credentials.bindings import key_of
from mutua_credentials.digests import of_bytes
from mutua_credentials.identities import canonical_identity
from mutua_kernel import outbox, telemetry
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection, Pool
from mutua_kernel.outbox import Emit, Outgoing, Sealer
from mutua_kernel.relay import Wakeup
from mutua_kernel.vault import Vault, VaultError
from mutua_recognition import events, store, uploads
from mutua_recognition.cases import Given, case_of, needs_of
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.domain import reviews
from mutua_recognition.domain.canonical import canonical, write
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.clock import due_on
from mutua_recognition.domain.codes import MachineCode
from mutua_recognition.domain.content import Content, MachineOutcome
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.inputs import bodies_of, inputs_to_json
from mutua_recognition.domain.lifecycle import State, state_after
from mutua_recognition.domain.record import Act, Cause, Place, machine_act
from mutua_recognition.domain.record import Clock as Deadline
from mutua_recognition.issuers import Issuers, KnownIssuer, claimed_issuer, seal_holder
from mutua_recognition.statuses import told_by_issuer
from mutua_recognition.store import DueRequest, EvaluatedRequest, RegistryRows
from mutua_recognition.verifying import Presented, Verified, Verifiers, could_not_tell

DECIDED = Counter("mutua_evaluations_total", "Requests evaluated", ["outcome", "deciding_stage"])
SECONDS = Histogram("mutua_evaluation_seconds", "Evaluation of one batch of requests")
WAITING = Gauge("mutua_requests_due", "Requests that wait for their evaluation")
WAITED = Counter("mutua_evaluations_postponed_total", "Evaluations put off", ["cause"])

LOG = telemetry.logger("evaluation")
LOOK_AGAIN = timedelta(milliseconds=500)


class Evaluations:
    """The job that evaluates what is due."""

    def __init__(
        self,
        pool: Pool,
        catalogue: Catalogue,
        sealer: Sealer,
        clock: Clock,
        *,
        at_once: int,
        budget: int | None,
        verifiers: Verifiers,
        vault: Vault,
        queued: Wakeup,
        published: Wakeup,
    ) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self._sealer = sealer
        self._clock = clock
        self._at_once = at_once
        self._budget = budget
        self._verifiers = verifiers
        self._vault = vault
        self._queued = queued
        self._published = published

    async def step(self) -> float:
        """Evaluates one batch in one transaction; answers the seconds to wait for the next one."""
        with SECONDS.time():
            async with self._pool.acquire() as connection, connection.transaction():
                taken = await store.claim_due(connection, self._at_once)
                done = await self._settle(connection, taken) if taken else 0
        if done:
            self._published.set()
        if len(taken) < self._at_once:
            await self._queued.wait(0.1 if taken else 0.25)
        return 0.0

    async def _settle(self, tx: Connection, taken: Sequence[DueRequest]) -> int:
        await self._catalogue.refresh(tx)
        known = await self._issuers(tx, taken)
        now = self._clock.now()
        # Beside the loop: the streams and the relay of this process must not stand still meanwhile.
        verified = await _by_seal(tx, await self._verified(taken, known, now))
        named = {one.credential_id for one in verified if one.credential_id is not None}
        statuses = await store.load_statuses(tx, sorted(named))
        given = [
            Given(request, told_by_issuer(one.facts, one.credential_id, statuses), one.credential_id)
            for request, one in zip(taken, verified, strict=True)
        ]
        issuers = Issuers(known)
        needs = needs_of(given)
        rows = await store.load_registry(tx, needs.providers, needs.identifiers, needs.names)
        ready = [one for one in given if self._ready(one, issuers, rows, now)]
        late = [one.request for one in given if one not in ready]
        if late:
            await store.postpone(tx, late, now + LOOK_AGAIN)
        if not ready:
            return 0
        evaluated, facts = await asyncio.to_thread(self._evaluate, ready, rows, now)
        await store.store_evaluated(tx, evaluated)
        await outbox.write(tx, facts)
        return len(evaluated)

    async def _issuers(self, tx: Connection, taken: Sequence[DueRequest]) -> list[KnownIssuer]:
        claimed = [claimed_issuer(request.body) for request in taken if request.body is not None]
        identities = {found[0] for found in claimed if found is not None}
        identities |= {
            canonical_identity(request.claimed_issuer) for request in taken if request.claimed_issuer
        }
        entities = sorted({request.signer for request in taken if request.signer is not None})
        return await store.load_issuers(tx, sorted(identities), entities)

    async def _verified(
        self, taken: Sequence[DueRequest], known: Sequence[KnownIssuer], now: datetime
    ) -> list[Verified]:
        """What each credential's verification found; nothing for or against it where there is no file."""
        files = [_file(request, self._vault) for request in taken]
        presented = [
            Presented(data, request.existed_by)
            for request, data in zip(taken, files, strict=True)
            if isinstance(data, bytes)
        ]
        found = iter(await self._verifiers.verify(presented, known, now))
        return [next(found) if isinstance(data, bytes) else could_not_tell(b"", now, data) for data in files]

    def _ready(self, given: Given, issuers: Issuers, rows: RegistryRows, now: datetime) -> bool:
        """Whether the evidence is there, or has been waited for long enough."""
        if now >= given.request.give_up_at:
            return True
        if rows.snapshot is None:
            WAITED.labels("registry").inc()
            return False
        if given.request.body is not None and not issuers.know_key_of(given.request.body):
            WAITED.labels("key").inc()
            return False
        return True

    def _evaluate(
        self, ready: Sequence[Given], rows: RegistryRows, now: datetime
    ) -> tuple[list[EvaluatedRequest], list[Outgoing]]:
        evaluated: list[EvaluatedRequest] = []
        facts: list[Outgoing] = []
        shared: dict[str, bytes] = {}
        for given in ready:
            case = case_of(given, self._catalogue, rows, now, budget=self._budget)
            content = evaluate(case)
            act = _act(given.request, case, content)
            result, emitted = _result(given, case, content, act, shared)
            DECIDED.labels(content.outcome.code.value, content.deciding_stage.value).inc()
            evaluated.append(result)
            traceparent = telemetry.child_traceparent(given.request.traceparent)
            facts += [self._sealer.seal(emit, at=now, traceparent=traceparent) for emit in emitted]
        return evaluated, facts


async def _by_seal(tx: Connection, verified: Sequence[Verified]) -> list[Verified]:
    """The same, with the entity whose seal it is where a seal has signed."""
    seals = {one.sealed_by for one in verified if one.sealed_by is not None and one.facts.signer is None}
    keys = {seal: key_of("", seal) for seal in seals}
    numbers = sorted({key.number for key in keys.values() if key is not None})
    if not numbers:
        return list(verified)
    known = await store.load_seal_holders(tx, numbers)
    return [
        one
        if one.sealed_by is None or one.facts.signer is not None
        else replace(one, facts=replace(one.facts, signer=seal_holder(one.sealed_by, known)))
        for one in verified
    ]


def _file(request: DueRequest, vault: Vault) -> bytes | str:
    """The credential's bytes: the recogniser's own file, else what everybody may read. A code where there is
    none: a file that nobody can open is a person's business, and holds up no other.
    """
    if request.subject is not None and request.wrapped is not None and request.sealed is not None:
        key = uploads.SubjectKey(request.recogniser, request.subject, request.wrapped)
        try:
            return uploads.opened(vault, key, request.credential, request.sealed)
        except VaultError as error:
            LOG.error("file cannot be opened", request=str(request.id), error=str(error))
            return "file_sealed"
    return "file_erased" if request.body is None else request.body.encode()


def _act(request: DueRequest, case: Case, content: Content[MachineOutcome]) -> Act:
    place = Place(
        request_id=request.id,
        sequence=request.records + 1,
        supersedes=request.current,
        cause=Cause(request.cause_kind, request.cause_id),
    )
    complete = case.dates.complete_on
    waits = content.outcome.code is MachineCode.REVIEW_REQUESTED and state_after(content) is State.IN_REVIEW
    due = due_on(complete, case.policy.review_working_days) if waits and complete is not None else None
    return machine_act(content, place, case.mandate, Deadline(started_on=complete, due_on=due))


def _result(
    given: Given,
    case: Case,
    content: Content[MachineOutcome],
    act: Act,
    shared: dict[str, bytes],
) -> tuple[EvaluatedRequest, list[Emit]]:
    """`shared` holds bodies of this batch by digest: policies and registry rows are alike in many cases."""
    request = given.request
    body = canonical(content.to_json())
    inputs = canonical(inputs_to_json(case))
    bodies = bodies_of(case)
    shared |= {name: canonical(part) for name, part in bodies.items() if name not in shared}
    state = state_after(content)
    about = _about(request, case, content)
    emitted = _facts(request, about, content, act, of_bytes(body), state)
    result = EvaluatedRequest(
        record=act.decision_id,
        recogniser=request.recogniser,
        request=request.id,
        number=act.sequence,
        outcome=content.outcome.code.value,
        content=body,
        content_digest=of_bytes(body),
        inputs_digest=of_bytes(inputs),
        bodies={of_bytes(inputs): inputs, **{name: shared[name] for name in bodies}},
        act=store.compact(write(act)),
        made_at=act.decided_at.astimezone(UTC),
        evidence=tuple(dict.fromkeys(one.id for one in content.evidence)),
        state=state.value,
        sequence=request.sequence + len(emitted),
        due_on=act.clock.due_on,
        complete_on=case.dates.complete_on,
        issuer=about.issuer,
        award_country=about.award_country,
        known_as=None if case.facts.signer is None else given.known_as,
    )
    return result, emitted


def _about(request: DueRequest, case: Case, content: Content[MachineOutcome]) -> events.About:
    """What events say of the request. Of a file, who has signed it is known from its evaluation on."""
    proven = content.request.credential.issuer
    body = case.facts.content.awarding_body if case.facts.content and proven else None
    return events.About(
        request.id,
        request.credential,
        request.recogniser,
        request.country,
        request.issuer or proven,
        request.award_country or (body.country if body else None),
        request.purpose,
        content.request.target.id if content.request.target else None,
    )


def _facts(
    request: DueRequest,
    about: events.About,
    content: Content[MachineOutcome],
    act: Act,
    content_digest: str,
    state: State,
) -> list[Emit]:
    """That it was asked for, where nobody said so yet; then what it came to, unless nobody waits for it."""
    emitted: list[Emit] = []
    if not request.announced:
        emitted.append(
            events.requested(
                about,
                origin=content.request.origin.value,
                regime=request.regime,
                state="dormant" if state is State.DORMANT else "active",
                rule=request.rule,
                digest=request.digest,
                sequence=request.sequence + 1,
                cause=request.cause_id,
            )
        )
    if state is not State.DORMANT:
        asked = content.outcome.code is MachineCode.INFO_REQUESTED
        questions = reviews.questions_of(content) if asked else ()
        sequence = request.sequence + len(emitted) + 1
        emitted.append(
            events.outcome(about, content, act, sequence=sequence, digest=content_digest, questions=questions)
        )
    return emitted
