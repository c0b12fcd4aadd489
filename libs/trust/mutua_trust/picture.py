"""A chain as a picture: one box an entity, one arrow a statement, with what it says beside it.

Plain text for Graphviz, or a self-contained SVG that needs no program to be drawn.
"""

from collections.abc import Sequence
from html import escape

from mutua_trust.fields import shortest_codes
from mutua_trust.statement import ASPECTS, Assurance, Interval, Statement

BOX_WIDTH, BOX_HEIGHT, ARROW_WIDTH, MARGIN, LINE = 190, 44, 290, 20, 17


def said(statement: Statement) -> list[tuple[str, str]]:
    """What a statement says, as labels and texts for people."""
    scope = statement.scope
    return [
        ("id", statement.id),
        ("fields", "all" if scope.fields is None else ", ".join(shortest_codes(scope.fields))),
        ("EQF", "all" if scope.levels is None else ", ".join(map(str, sorted(scope.levels)))),
        ("ECTS", "any" if scope.max_ects is None else f"up to {scope.max_ects:g}"),
        ("assessment", "any" if scope.assessments is None else ", ".join(sorted(scope.assessments))),
        ("mode", "any" if scope.modes is None else ", ".join(sorted(scope.modes))),
        ("aspects", ", ".join(a.value for a in ASPECTS if scope.aspects is None or a in scope.aspects)),
        ("depth", str(statement.depth)),
        ("assurance", f"{int(statement.assurance)} ({_assurance(statement.assurance)})"),
        ("in force", _interval(statement.in_force)),
        ("awards", _interval(statement.covers_awards)),
    ]


def _assurance(level: int) -> str:
    return Assurance(level).name.lower().replace("_", " ").replace("qa", "QA")


def _interval(interval: Interval) -> str:
    if interval.start is None and interval.end is None:
        return "always"
    return f"{interval.start or '...'} to {interval.end or '...'}"


def dot(chain: Sequence[Statement]) -> str:
    """The chain in the language of Graphviz."""
    lines = ["digraph chain {", "  rankdir=LR;", "  node [shape=box];"]
    for statement in chain:
        label = "\\l".join(_quoted(f"{name}: {text}") for name, text in said(statement)) + "\\l"
        lines.append(f'  "{_quoted(statement.truster)}" -> "{_quoted(statement.trustee)}" [label="{label}"];')
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def svg(chain: Sequence[Statement]) -> str:
    """The chain as one SVG document, recogniser on the left."""
    entities = [chain[0].truster, *(statement.trustee for statement in chain)]
    width = 2 * MARGIN + len(entities) * BOX_WIDTH + len(chain) * ARROW_WIDTH
    labels = max(len(said(statement)) for statement in chain)
    middle = MARGIN + BOX_HEIGHT // 2
    height = 2 * MARGIN + BOX_HEIGHT // 2 + (labels + 2) * LINE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(' trusts '.join(entities))}</title>",
        '<defs><marker id="tip" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z"/></marker></defs>',
    ]
    for place, entity in enumerate(entities):
        left = MARGIN + place * (BOX_WIDTH + ARROW_WIDTH)
        parts.append(
            f'<rect x="{left}" y="{MARGIN}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="#eef3f8" '
            f'stroke="#234"/><text x="{left + BOX_WIDTH // 2}" y="{middle + 5}" text-anchor="middle">'
            f"{escape(_short(entity, 26))}<title>{escape(entity)}</title></text>"
        )
    for place, statement in enumerate(chain):
        left = MARGIN + place * (BOX_WIDTH + ARROW_WIDTH) + BOX_WIDTH
        parts.append(
            f'<line x1="{left}" y1="{middle}" x2="{left + ARROW_WIDTH}" y2="{middle}" stroke="#234" '
            'marker-end="url(#tip)"/>'
        )
        for row, (name, text) in enumerate(said(statement), 1):
            label = escape(_short(f"{name}: {text}", 40))
            parts.append(f'<text x="{left + 14}" y="{middle + 4 + row * LINE}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
