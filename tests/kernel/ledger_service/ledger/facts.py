"""Facts for the ledger, and records as a broker would deliver them."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from mutua_contracts import Envelope, encode
from mutua_contracts.credential import CredentialIssued
from mutua_contracts.ids import MUTUA
from mutua_kernel.events import Record


def event_id(key: str, sequence: int) -> UUID:
    return uuid5(MUTUA, f"{key}/{sequence}")


def issued(
    key: str, sequence: int, component: str | None = None, *, note: str = "x"
) -> Envelope[CredentialIssued]:
    """The `sequence`-th fact of `key`."""
    return Envelope[CredentialIssued](
        id=event_id(key, sequence),
        source="urn:mutua:issuer",
        type="eu.mutua.credential.issued.v1",
        subject=key,
        time=datetime.now(UTC),
        partitionkey=key,
        sequence=sequence,
        tenant="DEQARINST7105",
        data=CredentialIssued(
            credential_id=f"urn:uuid:{event_id(key, 0)}",
            issuer="DEQARINST7105",
            awarding_body="DEQARINST7105",
            country="EE",
            component=component,
            format="sd-jwt-vc",
            credential=note,
            digest="sha256:" + "0" * 64,
            award_date=date(2026, 6, 1),
            issued_at=datetime(2026, 6, 1, tzinfo=UTC),
        ),
    )


class Tape:
    """Records as a broker would deliver them: offsets rise."""

    def __init__(self) -> None:
        self._next = 0

    def record(self, value: bytes | None, key: bytes | None) -> Record:
        self._next += 1
        return Record("mutua.credential", 0, self._next - 1, key, value, datetime.now(UTC))

    def fact(self, key: str, sequence: int, component: str | None = None, *, note: str = "x") -> Record:
        return self.record(encode(issued(key, sequence, component, note=note)), key.encode())
