"""The page of what changed by day: how much on each day, and for one day row by row and member by member.

One self-contained document without scripts; everything that came from the registry is escaped.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any, Final

from mutua_deqar_sync.domain import Kind
from mutua_deqar_sync.views.changes import Change, changes_between
from mutua_deqar_sync.views.dump import end_of
from mutua_deqar_sync.views.store import View

Json = dict[str, Any]
Counts = Sequence[tuple[date, dict[Kind, tuple[int, int, int]]]]
KINDS: Final[tuple[Kind, ...]] = ("agency", "country", "provider", "report")
_SHOWN: Final = 500
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 } .soft { opacity: .75 }
.columns { display: grid; grid-template-columns: minmax(18rem, 24rem) 1fr; gap: 2rem; align-items: start }
@media (max-width: 50rem) { .columns { grid-template-columns: 1fr } }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
td.number, th.number { text-align: right; white-space: nowrap }
tr[aria-current] { background: var(--soft); font-weight: 600 }
.how { border: 1px solid; border-radius: 1rem; font-size: .8rem; padding: 0 .5rem; white-space: nowrap }
.gone { color: #c33 } .new, .back { color: #283 } .withheld { color: #939 } .changed { color: #a60 }
dl { margin: 0 } dt { font-weight: 600; margin-top: .25rem } dd { margin: 0; overflow-wrap: anywhere }
del { opacity: .7 } ins { text-decoration: none }
a { color: inherit }
"""


async def changes_page(view: View, day: date | None, counts: Counts, state: Json) -> str:
    """The document. Without a day the newest one on which anything changed is shown."""
    shown = day or (counts[0][0] if counts else None)
    changes = await changes_between(view, end_of(shown - timedelta(days=1)), end_of(shown)) if shown else []
    body = [
        "<h1>What changed in the registry</h1>",
        *_standing(state),
        '<div class="columns"><section aria-labelledby="days"><h2 id="days">By day</h2>',
        *_days(counts, shown),
        '</section><section aria-labelledby="rows">',
        *_rows(shown, changes),
        "</section></div>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What changed in the registry</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>"
    )


def _standing(state: Json) -> Iterator[str]:
    snapshot = state["snapshot"]
    if snapshot is None:
        yield "<p>No pass over the registry was complete yet: rows may be missing.</p>"
    else:
        age = timedelta(seconds=round(max(0.0, snapshot["age_seconds"])))
        yield f'<p class="soft">As of {escape(snapshot["started_at"])}, {age} old.</p>'
    if unreadable := len(state["unreadable"]):
        yield f'<p class="soft">{unreadable} rows could not be read; their last good facts stay.</p>'


def _days(counts: Counts, shown: date | None) -> Iterator[str]:
    if not counts:
        yield "<p>Nothing was mirrored yet.</p>"
        return
    yield '<table><thead><tr><th scope="col">day</th>'
    yield from (f'<th scope="col" class="number">{name}</th>' for name in ("new", "changed", "gone"))
    yield "</tr></thead><tbody>"
    for day, kinds in counts:
        new, changed, gone = (sum(column) for column in zip(*kinds.values(), strict=True))
        current = ' aria-current="true"' if day == shown else ""
        yield f'<tr{current}><td><a href="?day={day}">{day}</a></td>'
        yield from (f'<td class="number">{number}</td>' for number in (new, changed, gone))
        yield "</tr>"
    yield "</tbody></table>"


def _rows(day: date | None, changes: Sequence[Change]) -> Iterator[str]:
    yield f'<h2 id="rows">{day or "Changes"}</h2>'
    if not changes:
        yield "<p>No row changed.</p>"
        return
    yield "<table><thead><tr>"
    yield from (f'<th scope="col">{title}</th>' for title in ("row", "what", "from → to"))
    yield "</tr></thead><tbody>"
    for change in changes[:_SHOWN]:
        yield f"<tr><td>{escape(change.kind)} {escape(change.id)}</td>"
        yield f'<td><span class="how {change.how}">{change.how}</span></td><td>'
        if change.members:
            yield "<dl>"
            for name, (old, new) in change.members.items():
                yield f"<dt>{escape(name)}</dt><dd><del>{_value(old)}</del> → <ins>{_value(new)}</ins></dd>"
            yield "</dl>"
        yield "</td></tr>"
    yield "</tbody></table>"
    if len(changes) > _SHOWN:
        rest = len(changes) - _SHOWN
        yield f"<p>and {rest} more: the feed and <code>mutua registry diff</code> have them all.</p>"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape(text if len(text) <= 200 else text[:197] + "...")
