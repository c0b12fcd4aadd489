"""What recognition's worker does, in the process of the test and without the broker in between.

Projections are written, credentials arrive, and what is due is evaluated, all at a clock that stands still
until a test moves it.
"""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from mutua_contracts import Envelope, decode
from mutua_contracts.registry import ProviderChanged, ProviderFacts, ProviderName
from mutua_credentials import sdjwt
from mutua_credentials.keys import PrivateKey
from mutua_kernel.database import Pool
from mutua_kernel.outbox import Sealer
from mutua_kernel.relay import Wakeup
from mutua_kernel.vault import Vault
from mutua_recognition import store
from mutua_recognition.catalogue import Catalogue
from mutua_recognition.custody import Custody
from mutua_recognition.evaluation import Evaluations
from mutua_recognition.inquiries import Inquiries
from mutua_recognition.projections import IssuerRow, registry_row
from mutua_recognition.scheduled import Scheduled
from mutua_recognition.store import IssuedCredential
from mutua_recognition.verifying import Verifiers
from tests.in_process import SettableClock

from .lisvik import ISS, LISVIK, award, issuer_state, provider, registry_entries, snapshot

ASTERVIK, CORVELO = "DEQARINST7101", "DEQARINST7103"


class Worker:
    """A worker's parts on one database."""

    def __init__(self, pool: Pool, clock: SettableClock, verifiers: Verifiers) -> None:
        self.pool, self.clock = pool, clock
        self.verifiers = verifiers
        self.key = PrivateKey.generate()
        self._vault = Vault(bytes(range(32, 64)), "recognition")
        self.scheduled = Scheduled(pool, Custody(self._vault), Sealer("recognition"), clock, Wakeup())
        self.inquiries = Inquiries(pool, Catalogue(), clock, budget=None)
        self._catalogue = Catalogue()
        self.verify_by(verifiers)

    def verify_by(self, verifiers: Any) -> None:
        """Verifies by these from now on."""
        self.evaluations = Evaluations(
            self.pool,
            self._catalogue,
            Sealer("recognition"),
            self.clock,
            at_once=50,
            budget=None,
            verifiers=verifiers,
            vault=self._vault,
            queued=Wakeup(),
            published=Wakeup(),
        )

    async def evaluate(self) -> None:
        """Evaluates all that is due. The clocks differ: whatever waits is made due."""
        await self.pool.execute("update due set due_at = now()")
        await self.evaluations.step()

    async def know_issuer(self, **changes: Any) -> None:
        """Lisvik's state arrives, with the key that signs here."""
        state = issuer_state(self.key, **changes)
        async with self.pool.acquire() as tx, tx.transaction():
            await store.project_issuers(tx, [IssuerRow(LISVIK, 1, state.iss, state.model_dump_json())])

    async def know_names(self) -> None:
        """Institutions are listed; where they have their seats is not known yet."""
        nameless = ProviderFacts(names=(ProviderName(name="A university", kind="official"),))
        listed = [ASTERVIK, CORVELO, LISVIK, *(f"DEQARINST8{number:03}" for number in range(13))]
        rows = [
            registry_row(ProviderChanged(registry="deqar", revision=1, id=id, facts=nameless))
            for id in listed
        ]
        async with self.pool.acquire() as tx, tx.transaction():
            await store.project_registry(tx, rows)

    async def know_registry(self, valid_to: date | None = None) -> None:
        """The mirror arrives: two universities in Norway and Estonia, and a report about Lisvik."""
        recogniser = provider("University of Astervik", "EE")
        changes = [
            ProviderChanged(registry="deqar", revision=2, id=ASTERVIK, facts=recogniser),
            *registry_entries(2, valid_to=valid_to),
        ]
        async with self.pool.acquire() as tx, tx.transaction():
            await store.project_registry(tx, [registry_row(change) for change in changes])
            await store.project_snapshot(tx, snapshot(self.clock.now() - timedelta(hours=1)))

    def issue(self, id: str | None = None, **content: Any) -> tuple[str, sdjwt.Issued]:
        """A credential of Lisvik, known to nobody yet."""
        id = id or f"urn:uuid:{uuid4()}"
        issued_at = self.clock.now() - timedelta(hours=1)
        made = sdjwt.issue(
            award(**content), signer=self.key, issuer=ISS, credential_id=id, issued_at=issued_at
        )
        return id, made

    async def receive(self, id: str, issued: sdjwt.Issued, body: str | None = None) -> None:
        """A credential arrives from the bus, where no standing rule asks for it."""
        row = IssuedCredential(
            id,
            LISVIK,
            LISVIK,
            "NO",
            "LIS-DAT-010",
            date(2025, 6, 20),
            "sd-jwt-vc",
            issued.digest,
            body or issued.bus_form,
        )
        async with self.pool.acquire() as tx, tx.transaction():
            await store.store_issued(tx, [row], [], now=self.clock.now(), patience=30)

    async def events(self) -> list[Envelope[Any]]:
        """The outbox, in order, read by the contracts."""
        rows = await self.pool.fetch("select payload from outbox order by position")
        return [decode(row["payload"]) for row in rows]

    async def events_of(self, request: str) -> list[Envelope[Any]]:
        """Those of one request."""
        return [event for event in await self.events() if event.partitionkey == request]
