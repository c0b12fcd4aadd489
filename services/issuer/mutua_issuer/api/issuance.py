"""Issuing rows: each gets an outcome of its own, all of them in a fixed number of statements.

A row that was issued before is recognised by its external id, so repeating is safe; the same id with another
content is a conflict. A dry run does everything but keep it, and signs with a key that is thrown away.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from mutua_credentials.annex_i import FieldError
from mutua_credentials.keys import PrivateKey
from mutua_issuer import events, store
from mutua_issuer.api import institution_state
from mutua_issuer.api.signing import private_key
from mutua_issuer.api.status_lists import StatusLists
from mutua_issuer.domain import award, issuing, keys, links, status
from mutua_issuer.domain.award import Completed, IssueRequest
from mutua_issuer.domain.component import Version
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.issuing import Made, Seal
from mutua_issuer.domain.status import Place
from mutua_issuer.store import Known, Ordered
from mutua_issuer.vault import Vault
from mutua_kernel.clock import Clock
from mutua_kernel.database import Connection
from mutua_kernel.ids import new_id
from mutua_kernel.outbox import Emit
from mutua_kernel.vault import seal as seal_with

Status = Literal["issued", "would_issue", "already_issued", "conflict", "invalid"]

NOWHERE: Final = UUID(int=0)
"""The status list of what is signed for a dry run only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row; the credential's fields are None where there is none."""

    status: Status
    id: UUID | None = None
    digest: str | None = None
    issued_at: datetime | None = None
    mistakes: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that can be read, with its pseudonyms."""

    number: int
    request: IssueRequest
    external_ref: bytes
    fingerprint: bytes
    learner_ref: bytes


class Issuance:
    """Issues for one institution in one transaction."""

    def __init__(self, tx: Connection, vault: Vault, clock: Clock, tenant: str, *, dry_run: bool) -> None:
        self._tx = tx
        self._vault = vault
        self._clock = clock
        self._tenant = tenant
        self._dry_run = dry_run

    async def issue(self, given: Sequence[Any]) -> tuple[list[Outcome], tuple[Emit, ...]]:
        """One outcome a row, in order, and the facts to state. Raises `Problem` where the institution is not
        registered.
        """
        found = await institution_state.held(self._tx, self._tenant)
        outcomes: dict[int, Outcome] = {}
        rows = self._readable(given, outcomes)
        known = await store.known_credentials(self._tx, [row.external_ref for row in rows])
        outcomes |= {
            row.number: _again(row, known[row.external_ref]) for row in rows if row.external_ref in known
        }
        new = [row for row in rows if row.external_ref not in known]
        latest = await store.latest_components(
            self._tx, [row.request.award.component for row in new if row.request.award]
        )
        lists = StatusLists(self._tx, self._vault, self._clock, found)
        places = await self._places(lists, new)
        seal, today = self._seal(found), self._clock.now().date()
        results = await asyncio.to_thread(_make, list(zip(new, places, strict=True)), latest, seal, today)
        made = [(row, result) for row, result in results if isinstance(result, Made)]
        outcomes |= {
            row.number: Outcome("invalid", mistakes=result)
            for row, result in results
            if not isinstance(result, Made)
        }
        if self._dry_run:
            outcomes |= {row.number: Outcome("would_issue") for row, _ in made}
            emits: tuple[Emit, ...] = ()
        else:
            emits = await self._keep(made, outcomes, lists)
        return [outcomes[number] for number in range(len(given))], emits

    def _readable(self, given: Sequence[Any], outcomes: dict[int, Outcome]) -> list[_Row]:
        rows: dict[bytes, _Row] = {}
        for number, one in enumerate(given):
            request = award.read(one)
            if isinstance(request, tuple):
                outcomes[number] = Outcome("invalid", mistakes=request)
                continue
            row = _Row(
                number,
                request,
                self._vault.reference("credential", self._tenant, request.external_id),
                self._vault.fingerprint(self._tenant, request.given()),
                self._vault.reference("learner", self._tenant, request.learner_id),
            )
            first = rows.setdefault(row.external_ref, row)
            if first is not row:
                outcomes[number] = Outcome("invalid", mistakes=(_twice(first.number),))
        return list(rows.values())

    async def _places(self, lists: StatusLists, rows: Sequence[_Row]) -> list[Place]:
        if self._dry_run:
            return [Place(NOWHERE, 0)] * len(rows)
        return await lists.places([status.expires_before(row.request.valid_until) for row in rows])

    def _seal(self, found: Institution) -> Seal:
        """What signs now; the institution is held, so the key stays in force until the end."""
        at = keys.whole_second(self._clock.now())
        key = private_key(self._vault, found, at, "ES256")
        if self._dry_run:
            return Seal(found, key.kid, PrivateKey.generate(), at)
        return Seal(found, key.kid, key, at)

    async def _keep(
        self, made: Sequence[tuple[_Row, Made]], outcomes: dict[int, Outcome], lists: StatusLists
    ) -> tuple[Emit, ...]:
        if not made:
            return ()
        data_keys = await self._data_keys([row for row, _ in made])
        ordered = [
            Ordered(
                one,
                self._sealed(one, data_keys[row.learner_ref]),
                row.external_ref,
                row.fingerprint,
                row.learner_ref,
                links.digest(self._vault.link_secret(self._tenant, one.id)),
            )
            for row, one in made
        ]
        versions = await store.add_credentials(self._tx, self._tenant, ordered)
        await lists.taken(one.place for _, one in made if one.id in versions)
        outcomes |= {
            row.number: Outcome("issued", one.id, one.digest, one.issued_at)
            for row, one in made
            if one.id in versions
        }
        await self._settle_races([row for row, one in made if one.id not in versions], outcomes)
        return tuple(
            events.credential_issued(one, self._tenant, versions[one.id])
            for _, one in made
            if one.id in versions
        )

    def _sealed(self, made: Made, data_key: bytes) -> bytes:
        return seal_with(data_key, issuing.personal_text(made.personal), owner=issuing.urn(made.id))

    async def _data_keys(self, rows: Sequence[_Row]) -> dict[bytes, bytes]:
        owners = {row.learner_ref: issuing.learner_owner(self._tenant, row.learner_ref) for row in rows}
        fresh = {ref: self._vault.new_data_key(owner=owner).wrapped for ref, owner in owners.items()}
        wrapped = await store.learner_keys(self._tx, self._tenant, fresh)
        return {ref: self._vault.unwrap(wrapped[ref], owner=owner) for ref, owner in owners.items()}

    async def _settle_races(self, rows: Sequence[_Row], outcomes: dict[int, Outcome]) -> None:
        """Rows that another transaction issued while this one was signing."""
        if rows:
            known = await store.known_credentials(self._tx, [row.external_ref for row in rows])
            outcomes |= {row.number: _again(row, known[row.external_ref]) for row in rows}


def _make(
    rows: Sequence[tuple[_Row, Place]], latest: Mapping[str, Version], seal: Seal, today: date
) -> list[tuple[_Row, Made | tuple[FieldError, ...]]]:
    """The credential of each row, or what is wrong with it."""
    made: list[tuple[_Row, Made | tuple[FieldError, ...]]] = []
    for row, place in rows:
        result = award.complete(row.request, seal.institution, latest, today)
        if isinstance(result, Completed):
            result = issuing.make(result, seal, credential=new_id(), place=place)
        made.append((row, result))
    return made


def _again(row: _Row, known: Known) -> Outcome:
    if row.fingerprint == known.fingerprint:
        return Outcome("already_issued", known.id, known.digest, known.issued_at)
    mistake = FieldError(
        element="",
        path="/external_id",
        code="issued_differently",
        found=f"another content than in {issuing.urn(known.id)}, issued under the same external id",
        expected="the same content, or an external id of its own",
    )
    return Outcome("conflict", known.id, known.digest, known.issued_at, (mistake,))


def _twice(first: int) -> FieldError:
    return FieldError(
        element="",
        path="/external_id",
        code="duplicate_row",
        found=f"the external id of row {first + 1} again",
        expected="each external id once",
    )
