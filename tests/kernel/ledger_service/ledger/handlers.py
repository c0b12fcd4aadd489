"""The ledger's handler: one read and two writes a batch; emits one effect an event."""

from collections.abc import Sequence

from mutua_contracts.credential import CredentialIssued
from mutua_contracts.ids import effect_id, request_id
from mutua_contracts.recognition import RecognitionRequested
from mutua_kernel.database import Connection
from mutua_kernel.events import Done, Emit, Event, Outcome, Park, Skip


async def handle(tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
    """Appends each event to its key's ledger; `component` steers: `park` parks, `bug` raises, `skip`
    skips."""
    taken: dict[str, list[Event]] = {}
    outcomes: list[Outcome] = []
    for event in events:
        data = event.envelope.data
        assert isinstance(data, CredentialIssued)
        if data.component == "bug":
            raise RuntimeError("a bug in the handler")
        if data.component == "park":
            outcomes.append(Park("refused", "found park, expected anything else"))
            continue
        if data.component == "skip":
            outcomes.append(Skip("uninteresting"))
            continue
        taken.setdefault(event.key, []).append(event)
        outcomes.append(Done((effect(event),)))
    keys = sorted(taken)
    rows = await tx.fetch(
        "insert into ledger (key, version)"
        " select k, n from unnest($1::text[], $2::int[]) as t (k, n) order by k"
        " on conflict (key) do update set version = ledger.version + excluded.version returning key, version",
        keys,
        [len(taken[key]) for key in keys],
    )
    last = {row["key"]: row["version"] for row in rows}
    entries = [
        (
            key,
            last[key] - len(taken[key]) + number,
            event.envelope.sequence,
            event.envelope.id,
            data_note(event),
        )
        for key in keys
        for number, event in enumerate(taken[key], 1)
    ]
    await tx.execute(
        "insert into ledger_entry (key, version, sequence, event_id, note)"
        " select * from unnest($1::text[], $2::int[], $3::int[], $4::uuid[], $5::text[])",
        *[list(column) for column in zip(*entries, strict=True)] or [[], [], [], [], []],
    )
    return outcomes


def data_note(event: Event) -> str:
    note = str(event.envelope.data.credential)
    return "a NUL \x00 in a text" if note == "nul" else note


def effect(event: Event) -> Emit:
    data = event.envelope.data
    request = request_id(data.credential_id, "DEQARINST7101", "CREDIT", None)
    return Emit(
        RecognitionRequested(
            request_id=request,
            credential_id=data.credential_id,
            recogniser="DEQARINST7101",
            country="EE",
            issuer=data.issuer,
            award_country=data.country,
            purpose="CREDIT",
            origin="standing_rule",
            regime="HEI",
            state="active",
            credential_digest=data.digest,
        ),
        key=event.key,
        sequence=event.envelope.sequence,
        tenant="DEQARINST7101",
        event_id=effect_id(str(event.envelope.id), "requested"),
    )
