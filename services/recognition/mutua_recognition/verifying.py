"""Reading and verifying credentials in processes of their own: this process goes on, whatever comes in.

A process that dies over a file takes nothing else with it: the others of its batch are verified again, one by
one, and of that file nobody can tell. When this process dies, its processes end too.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import connection, get_context, parent_process
from typing import Any, TypeVar

from mutua_credentials.digests import of_bytes
from mutua_credentials.verify import Check, CheckName, Result, Verification, verify
from mutua_credentials.verify.result import complete
from mutua_recognition.domain.facts import Facts, facts_of
from mutua_recognition.issuers import Issuers, KnownIssuer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential's bytes, and an instant at which it is known to have existed."""

    data: bytes
    existed_by: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """What one process is given: credentials, the issuers that they may name, anchors, and the instant."""

    presented: tuple[Presented, ...]
    known: tuple[KnownIssuer, ...]
    anchors: tuple[bytes, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found, without the learner; `credential_id` as a proven document says of itself."""

    facts: Facts
    credential_id: str | None
    sealed_by: str | None = None
    """The organisation in the certificate of a seal, where that is the body that awards."""


def verify_batch(batch: Batch) -> list[Verified]:
    """Verifies one after the other. Runs in a process of its own."""
    issuers = Issuers(batch.known)
    found: list[Verified] = []
    for one in batch.presented:
        verification = verify(
            one.data,
            as_of=batch.as_of,
            keys=issuers.keys,
            anchors=batch.anchors,
            existed_by=one.existed_by,
        )
        found.append(_verified(verification, issuers))
    return found


class Verifiers:
    """A pool of processes, started when they are needed and gone after `close`."""

    def __init__(self, processes: int, anchors: Sequence[bytes] = ()) -> None:
        self._processes = processes
        self._anchors = tuple(anchors)
        self._pool = _pool(processes)

    async def run(self, work: Callable[..., T], *given: Any) -> T:
        """`work` in a process. Raises `BrokenProcessPool` where that died over it."""
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, *given)
        except BrokenProcessPool:
            if self._pool is pool:
                pool.shutdown(wait=False)
                self._pool = _pool(self._processes)
            raise

    async def verify(
        self, presented: Sequence[Presented], known: Sequence[KnownIssuer], as_of: datetime
    ) -> list[Verified]:
        """Verifies all, in their order."""
        if not presented:
            return []
        share = -(-len(presented) // self._processes)
        shares = [tuple(presented[start : start + share]) for start in range(0, len(presented), share)]
        batches = [Batch(one, tuple(known), self._anchors, as_of) for one in shares]
        found = await asyncio.gather(*(self._verified(batch) for batch in batches))
        return [one for part in found for one in part]

    async def _verified(self, batch: Batch) -> list[Verified]:
        try:
            return await self.run(verify_batch, batch)
        except BrokenProcessPool:
            return [await self._alone(one, batch) for one in batch.presented]

    async def _alone(self, presented: Presented, batch: Batch) -> Verified:
        alone = Batch((presented,), batch.known, batch.anchors, batch.as_of)
        try:
            return (await self.run(verify_batch, alone))[0]
        except BrokenProcessPool:
            return could_not_tell(presented.data, batch.as_of, "verifier_died")

    def warm(self) -> None:
        """Starts the processes now, without waiting for them: they load while this one does."""
        for _ in range(self._processes):
            self._pool.submit(_nothing)

    def close(self) -> None:
        """Ends the processes; what they are at is waited for."""
        self._pool.shutdown()


def could_not_tell(data: bytes, as_of: datetime, code: str) -> Verified:
    """What is known of a credential that nobody could look at: nothing, for or against."""
    check = Check(CheckName.FORMAT, Result.UNKNOWN, code, None, "a credential that can be read")
    unread = Verification(None, None, as_of, complete([check]), of_bytes(data))
    return Verified(facts_of(unread, None), None)


def _verified(verification: Verification, issuers: Issuers) -> Verified:
    issuer = verification.issuer
    signer = issuers.entity(issuer.id if issuer else None)
    return Verified(facts_of(verification, signer), verification.credential_id, _sealed_by(verification))


def _sealed_by(verification: Verification) -> str | None:
    """A seal on somebody's behalf says nothing of the body that awards, unless its mandate was checked."""
    binding = verification.check(CheckName.ISSUER_BINDING)
    if verification.issuer is None or binding.result is not Result.PASS:
        return None
    organisation = binding.evidence.get("organisation")
    own = binding.evidence.get("awarding_body") == "seal_holder"
    return organisation if own and isinstance(organisation, str) else None


def _nothing() -> None:
    """A process that has done this is ready."""


def _pool(processes: int) -> ProcessPoolExecutor:
    # Not forked: this process has threads, and a child must not inherit its sockets.
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever. Stopping is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            connection.wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent").start()
