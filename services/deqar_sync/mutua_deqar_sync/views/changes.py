"""What changed between two moments, row by row and member by member, and how much on each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Literal

from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.views.dump import line
from mutua_deqar_sync.views.lines import Acronyms
from mutua_deqar_sync.views.store import MirrorRow, Revision, View

How = Literal["new", "changed", "withheld", "gone", "back"]
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a row; `members` are those of its facts that differ, each before and after."""

    kind: Kind
    id: str
    how: How
    before: int | None
    after: int
    members: dict[str, tuple[Any, Any]]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": self.id,
            "change": self.how,
            "from_revision": self.before,
            "to_revision": self.after,
            "members": {name: {"from": old, "to": new} for name, (old, new) in self.members.items()},
        }


async def changes_between(view: View, before: datetime, after: datetime) -> list[Change]:
    """Rows whose state at one moment is not the one at the other, sorted by kind and id."""
    touched = await view.changed_between(before, after, _MOST)
    ids: dict[Kind, list[str]] = {}
    for kind, id in touched:
        ids.setdefault(kind, []).append(id)
    names = {**await view.acronyms(before), **await view.acronyms(after)}
    found: list[Change] = []
    for kind, some in ids.items():
        old = {row.id: row for row in await view.some(kind, some, before)}
        new = {row.id: row for row in await view.some(kind, some, after)}
        found += [_change(old.get(id), new[id], names) for id in some if id in new]
    return [change for change in found if change.before != change.after]


async def days(view: View, limit: int) -> list[tuple[date, dict[Kind, tuple[int, int, int]]]]:
    """For each day on which we learned of something, newest first: new, changed and gone rows of each
    kind.
    """
    found: dict[date, dict[Kind, tuple[int, int, int]]] = {}
    for day, kind, new, changed, gone in await view.days(limit * 4):
        found.setdefault(day, {})[kind] = (new, changed, gone)
    return list(found.items())[:limit]


def along(revisions: Sequence[Revision], acronyms: Acronyms) -> list[Change]:
    """The revisions of one row, each compared with the one before."""
    rows: list[MirrorRow | None] = [None, *(revision.row for revision in revisions)]
    return [_change(old, new, acronyms) for old, new in pairwise(rows) if new is not None]


def _change(old: MirrorRow | None, new: MirrorRow, acronyms: Acronyms) -> Change:
    before = line(old, acronyms)["facts"] if old else {}
    after = line(new, acronyms)["facts"]
    members = {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
    revision = old.revision if old else None
    return Change(new.kind, new.id, _how(old, new), revision, new.revision, members if old else {})


def _how(old: MirrorRow | None, new: MirrorRow) -> How:
    if new.gone:
        return "gone"
    if old is None:
        return "new"
    if old.gone:
        return "back"
    return "withheld" if new.withheld and not old.withheld else "changed"
