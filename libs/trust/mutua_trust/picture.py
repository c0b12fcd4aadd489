"""Chains as a picture: a box an entity, an arrow a statement, beside it what the statement says, and in red
what it fails.

Plain text for Graphviz, or one self-contained SVG that needs no program to be drawn.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Final

from mutua_trust.fields import shortest_codes
from mutua_trust.statement import ASPECTS, Assurance, Interval, Statement
from mutua_trust.verdict import Constraint

BOX_WIDTH, BOX_HEIGHT, ARROW_WIDTH, MARGIN, LINE = 200, 44, 350, 24, 18
NAME_WIDTH: Final = 84
VALUE_LENGTH, VALUE_LINES, ENTITY_LENGTH = 34, 3, 27
INK, PALE, BOX, WRONG = "#1c2733", "#66727f", "#eef3f8", "#b3261e"

ROWS: Final[Mapping[Constraint, str]] = {
    Constraint.REVOKED: "log",
    Constraint.NOT_IN_FORCE: "in force",
    Constraint.AWARD_NOT_COVERED: "awards",
    Constraint.FIELD: "fields",
    Constraint.LEVEL: "EQF",
    Constraint.ASPECT: "aspects",
    Constraint.ASSESSMENT: "assessment",
    Constraint.MODE: "mode",
    Constraint.ECTS: "ECTS",
    Constraint.DEPTH: "depth",
    Constraint.ASSURANCE: "assurance",
}
"""Where each constraint is to be read."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One chain of a picture. A chain of no statement is drawn as its two ends."""

    caption: str
    ends: tuple[str, str]
    chain: Sequence[Statement]
    failing: Mapping[str, Collection[Constraint]] = field(default_factory=dict[str, Collection[Constraint]])

    @property
    def entities(self) -> list[str]:
        return [self.ends[0], *(statement.trustee for statement in self.chain[:-1]), self.ends[1]]


def said(statement: Statement) -> list[tuple[str, str]]:
    """What a statement says, as labels and texts for people."""
    scope = statement.scope
    revoked = "" if statement.revoked is None else f", revoked at {statement.revoked}"
    return [
        ("id", statement.id),
        ("fields", "all" if scope.fields is None else ", ".join(shortest_codes(scope.fields))),
        ("EQF", "all" if scope.levels is None else ", ".join(map(str, sorted(scope.levels)))),
        ("ECTS", "any" if scope.max_ects is None else f"up to {scope.max_ects}"),
        ("assessment", "any" if scope.assessments is None else ", ".join(sorted(scope.assessments))),
        ("mode", "any" if scope.modes is None else ", ".join(sorted(scope.modes))),
        ("aspects", ", ".join(a.value for a in ASPECTS if scope.aspects is None or a in scope.aspects)),
        ("depth", str(statement.depth)),
        ("assurance", f"{int(statement.assurance)} ({_assurance(statement.assurance)})"),
        ("in force", _interval(statement.in_force)),
        ("awards", _interval(statement.covers_awards)),
        ("log", f"recorded at {statement.recorded}{revoked}"),
    ]


def _assurance(level: int) -> str:
    return Assurance(level).name.lower().replace("_", " ").replace("qa", "QA")


def _interval(interval: Interval) -> str:
    match interval.start, interval.end:
        case None, None:
            return "always"
        case None, end:
            return f"before {end}"
        case start, None:
            return f"from {start}"
        case start, end:
            return f"from {start}, before {end}"


def dot(drawn: Sequence[Drawn]) -> str:
    """The chains in the language of Graphviz, a graph each."""
    return "".join(_graph(each) for each in drawn)


def _graph(drawn: Drawn) -> str:
    lines = [
        "digraph chain {",
        "  rankdir=LR;",
        "  node [shape=box];",
        f'  label="{_quoted(drawn.caption)}";',
    ]
    lines += [f'  "{_quoted(entity)}";' for entity in drawn.entities]
    for statement in drawn.chain:
        fails = drawn.failing.get(statement.id, ())
        texts = [f"{name}: {text}" for name, text in said(statement)] + [f"fails: {c}" for c in fails]
        label = "\\l".join(map(_quoted, texts)) + "\\l"
        colour = f', color="{WRONG}"' if fails else ""
        ends = f'"{_quoted(statement.truster)}" -> "{_quoted(statement.trustee)}"'
        lines.append(f'  {ends} [label="{label}"{colour}];')
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def svg(drawn: Sequence[Drawn]) -> str:
    """The chains below one another in one SVG document, the recogniser on the left."""
    parts: list[str] = []
    top = MARGIN
    for each in drawn:
        parts += _row(each, top)
        top += _height(each) + MARGIN
    width = 2 * MARGIN + max(_width(each) for each in drawn)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" '
        f'height="{top}" font-family="sans-serif" font-size="13" fill="{INK}" role="img">',
        f"<title>{escape('; '.join(each.caption for each in drawn))}</title>",
        *(
            f'<defs><marker id="{id}" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
            f'<path d="M0,0 L9,4 L0,8 z" fill="{colour}"/></marker></defs>'
            for id, colour in (("holds", INK), ("fails", WRONG))
        ),
        f'<rect width="{width}" height="{top}" fill="#ffffff"/>',
    ]
    return "\n".join([*head, *parts, "</svg>", ""])


def _width(drawn: Drawn) -> int:
    hops = len(drawn.entities) - 1
    return (hops + 1) * BOX_WIDTH + hops * ARROW_WIDTH


def _height(drawn: Drawn) -> int:
    lines = max((sum(len(_lines(text)) for _, text in said(each)) for each in drawn.chain), default=0)
    return 2 * LINE + max(BOX_HEIGHT, BOX_HEIGHT // 2 + (lines + 1) * LINE)


def _row(drawn: Drawn, top: int) -> Iterator[str]:
    yield f'<text x="{MARGIN}" y="{top + LINE}" font-weight="bold">{escape(drawn.caption)}</text>'
    upper = top + 2 * LINE
    middle = upper + BOX_HEIGHT // 2
    for place, entity in enumerate(drawn.entities):
        left = MARGIN + place * (BOX_WIDTH + ARROW_WIDTH)
        yield (
            f'<rect x="{left}" y="{upper}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="{BOX}" '
            f'stroke="{INK}"/><text x="{left + BOX_WIDTH // 2}" y="{middle + 5}" text-anchor="middle">'
            f"{escape(_short(entity))}<title>{escape(entity)}</title></text>"
        )
    for place, statement in enumerate(drawn.chain):
        left = MARGIN + BOX_WIDTH + place * (BOX_WIDTH + ARROW_WIDTH)
        yield from _arrow(statement, {ROWS[c] for c in drawn.failing.get(statement.id, ())}, left, middle)


def _arrow(statement: Statement, failing: Collection[str], left: int, middle: int) -> Iterator[str]:
    colour, tip = (WRONG, "fails") if failing else (INK, "holds")
    yield (
        f'<line x1="{left}" y1="{middle}" x2="{left + ARROW_WIDTH - 1}" y2="{middle}" stroke="{colour}" '
        f'marker-end="url(#{tip})"/>'
    )
    down = middle + 4
    for name, text in said(statement):
        fill, weight = (WRONG, ' font-weight="bold"') if name in failing else (INK, "")
        down += LINE
        pale = WRONG if name in failing else PALE
        yield f'<text x="{left + 14}" y="{down}" fill="{pale}">{name}</text>'
        for number, line in enumerate(_lines(text)):
            down += LINE if number else 0
            place = f'x="{left + 14 + NAME_WIDTH}" y="{down}"'
            yield f'<text {place} fill="{fill}"{weight}>{escape(line)}</text>'


def _lines(text: str) -> list[str]:
    return wrap(text, VALUE_LENGTH, max_lines=VALUE_LINES, placeholder=" …") or [""]


def _short(entity: str) -> str:
    """The end of a long name tells more than its middle."""
    if len(entity) <= ENTITY_LENGTH:
        return entity
    half = ENTITY_LENGTH // 2
    return f"{entity[:half]}…{entity[-half:]}"
