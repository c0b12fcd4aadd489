"""How the mirror stands: how old it is, what it holds, and what could not be read and why."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mutua_deqar_sync.views.changes import along
from mutua_deqar_sync.views.dump import line
from mutua_deqar_sync.views.lines import instant
from mutua_deqar_sync.views.store import MirrorRow, View

Json = dict[str, Any]


async def status(view: View, now: datetime) -> Json:
    """Everything that an operator asks first."""
    snapshot = await view.snapshot(None)
    last = next(iter(await view.plain("last_pass")), None)
    (head,) = await view.plain("head")
    age = (now - snapshot.started_at).total_seconds() if snapshot else None
    return {
        "source": head["source"],
        "snapshot": snapshot
        and {
            "started_at": instant(snapshot.started_at),
            "ended_at": instant(snapshot.ended_at),
            "age_seconds": age,
            "unreadable": snapshot.unreadable,
        },
        "clock": "ok" if age is None or age >= 0 else "behind the newest snapshot",
        "last_pass": last and _plain(last),
        "rows": {row.pop("kind"): _plain(row) for row in await view.plain("counts")},
        "feed_position": head["position"],
        "unreadable": await unreadable(view),
        "partitions": [_plain(row) for row in await view.plain("partitions")],
    }


@dataclass(frozen=True, slots=True)
class Unread:
    """Rows whose detail the newest complete pass did not read again; the oldest reading is of that moment."""

    rows: int
    oldest: datetime | None


async def unread_details(view: View) -> Unread:
    """What a silent edit could still hide in."""
    (row,) = await view.plain("unread_details")
    return Unread(**row)


async def unreadable(view: View) -> list[Json]:
    """Rows that could not be read, by name, and rows of lists that could not even be named."""
    found = [_plain(row) for row in await view.plain("unreadable")]
    named: dict[tuple[str, str], str] = {}
    for row in await view.plain("partitions"):
        kind = "provider" if row["name"] == "providers" else "report"
        named = {(kind, id): row["name"] for id in row["named"]} | named
        if (nameless := row["unreadable"] - len(row["named"])) > 0:
            found.append(
                {"kind": "list", "id": row["name"], "cause": "list", "path": "", "found": f"{nameless} rows"}
            )
    return found + [
        {"kind": kind, "id": id, "cause": "list", "path": "", "found": f"status 500 in {place}"}
        for (kind, id), place in sorted(named.items())
    ]


async def history_of(view: View, row: MirrorRow) -> Json:
    """A row with all that was ever known of it, and who stands for whom."""
    acronyms = await view.acronyms(None)
    revisions = await view.revisions(row.kind, row.id)
    steps = zip(revisions, along(revisions, acronyms), strict=True)
    return {
        **line(row, acronyms),
        "withheld": row.withheld,
        "history": [
            {**change.as_json(), "recorded_at": instant(revision.recorded_at)} for revision, change in steps
        ],
        "aliases": [_plain(alias) for alias in await view.plain("aliases", row.id)],
        "unreadable": [
            each for each in await unreadable(view) if (each["kind"], each["id"]) == (row.kind, row.id)
        ],
    }


def _plain(row: Json) -> Json:
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return value.isoformat() if isinstance(value, date) else value
