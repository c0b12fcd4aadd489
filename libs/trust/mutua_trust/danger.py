"""What naive transitivity would accept: the same log, with the brakes on and with the brakes off.

On a log of Europe's shape it counts how many recognisers would accept a random credential, first by the
rules, then without depth, then without depth, scope and dates; and how far one compromised institution would
carry a fake one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import mean

from mutua_trust.graph import NOBODY, Bucket, Graph
from mutua_trust.index import TrustIndex
from mutua_trust.policy import Policy
from mutua_trust.records import compile_statement
from mutua_trust.request import Request
from mutua_trust.search import Search
from mutua_trust.statement import Statement
from mutua_trust.synthetic import a_request, awards, statements

HOPS = (1, 2, 3, 4)
POLICY = Policy(max_hops=4)


@dataclass(frozen=True, slots=True)
class Row:
    """One way of reading the log, with a number for chains of at most 1, 2, 3 and 4 hops."""

    reading: str
    at_most: tuple[float, ...]


def exposure(index: TrustIndex, samples: int, seed: int = 1) -> list[Row]:
    """The share of institutions that accept a random credential (EQF 6, all aspects), distrust aside."""
    random = Random(seed)  # noqa: S311 (repeatable, not secret)
    entities = sorted(entity for entity in index.graph.about if awards(entity))
    requests = [a_request(random, entities[random.randrange(len(entities))]) for _ in range(samples)]
    recognisers = sum(awards(entity) for entity in index.graph.by)
    return [
        Row(reading, tuple(mean(column) / recognisers for column in zip(*counts, strict=True)))
        for reading, counts in (
            (reading, [_accepting(index.graph, request, index.head, reading) for request in requests])
            for reading in READINGS
        )
    ]


def compromise(index: TrustIndex, samples: int, seed: int = 1) -> list[Row]:
    """How many others would accept a fake issuer that one institution vouches for without limits."""
    random = Random(seed)  # noqa: S311 (repeatable, not secret)
    by_trusters = sorted(
        (e for e in index.graph.about if awards(e)), key=lambda e: (len(index.graph.about[e]), e)
    )
    groups = {
        "a median institution": by_trusters[len(by_trusters) * 49 // 100 : len(by_trusters) * 51 // 100],
        "one of the best connected 1 %": by_trusters[len(by_trusters) * 99 // 100 :],
    }
    rows: list[Row] = []
    for name, group in groups.items():
        for reading in READINGS[:2]:
            reached = [
                _fakes(index, group[random.randrange(len(group))], random, reading) for _ in range(samples)
            ]
            rows.append(
                Row(f"{name}, {reading}", tuple(mean(column) for column in zip(*reached, strict=True)))
            )
    return rows


def _fakes(index: TrustIndex, compromised: str, random: Random, reading: str) -> tuple[int, ...]:
    graph = index.graph
    record = compile_statement(Statement("supposed", compromised, "fake", assurance=2))
    graph.add_trust(record)
    try:
        return _accepting(graph, a_request(random, "fake"), index.head, reading)
    finally:
        graph.take_out(record.id)


READINGS = ("as written", "depth ignored", "depth, scope and dates ignored")


def _accepting(graph: Graph, request: Request, version: int, reading: str) -> tuple[int, ...]:
    """How many institutions have a chain to the issuer of at most 1, 2, 3, 4 hops, by this reading."""
    search = Search(graph, request, version, POLICY, None)

    def carries(bucket: Bucket, behind: int, hops: int) -> bool:
        if reading == READINGS[2]:
            return True
        return bool(search.holding(bucket, behind if reading == READINGS[0] else 0, hops))

    met: set[str] = set()
    numbers: list[int] = []
    for hops in HOPS:
        layer = {request.issuer}
        for behind in range(hops):
            layer = {
                truster
                for entity in layer
                for truster, bucket in graph.about.get(entity, NOBODY).items()
                if carries(bucket, behind, hops)
            }
        met |= {entity for entity in layer if awards(entity) and entity != request.issuer}
        numbers.append(len(met))
    return tuple(numbers)


def markdown(rows: Sequence[Row], title: str, show: Callable[[float], str]) -> str:
    """The table as it stands in the docs."""
    lines = [f"| {title} | <= 1 hop | <= 2 | <= 3 | <= 4 |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {row.reading} | {' | '.join(map(show, row.at_most))} |" for row in rows]
    return "\n".join(lines)


def picture(rows: Sequence[Row]) -> str:
    """The shares as bars, one group for each number of hops."""
    width, height, base, left = 640, 310, 260, 50
    colours = ("#2b6cb0", "#dd8a1f", "#b83232")
    title = "Recognisers that would accept a random credential"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12" role="img">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{left}" y="20" font-size="13" font-weight="bold">{title}</text>',
    ]
    for tick in (0, 25, 50, 75, 100):
        y = base - tick * 2
        parts.append(f'<line x1="{left}" y1="{y}" x2="{width - 10}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{tick} %</text>')
    for group, hops in enumerate(HOPS):
        start = left + 20 + group * 145
        parts.append(f'<text x="{start + 57}" y="{base + 18}" text-anchor="middle">{_hops(hops)}</text>')
        for place, row in enumerate(rows):
            bar = max(row.at_most[group] * 200, 0.5)
            x = start + place * 38
            parts.append(
                f'<rect x="{x}" y="{base - bar:.1f}" width="34" height="{bar:.1f}" fill="{colours[place]}"/>'
                f'<text x="{x + 17}" y="{base - bar - 4:.1f}" text-anchor="middle" font-size="9">'
                f"{percent(row.at_most[group])}</text>"
            )
    for place, row in enumerate(rows):
        x = left + place * 165
        parts.append(f'<rect x="{x}" y="{height - 20}" width="10" height="10" fill="{colours[place]}"/>')
        parts.append(f'<text x="{x + 15}" y="{height - 11}">{row.reading}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _hops(most: int) -> str:
    return "1 hop" if most == 1 else f"up to {most} hops"


def percent(share: float) -> str:
    return f"{share * 100:.2f} %"


def report(samples: int, scale: int = 1) -> tuple[str, str]:
    """Both tables as Markdown, and the picture of the first."""
    index = TrustIndex(statements(scale))
    shares = exposure(index, samples)
    reached = compromise(index, max(10, samples // 10))
    tables = [
        markdown(shares, "share of recognisers that accept a random credential", percent),
        markdown(reached, "recognisers that accept a fake issuer behind", lambda number: f"{number:.1f}"),
    ]
    return "\n\n".join(tables) + "\n", picture(shares)
