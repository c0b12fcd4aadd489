"""How fast trust chains are found, as ratios to a peer in the same run: `python tests/bench/bench_trust.py`.

Every figure is the median of several alternations of engine and peer on one core; percentiles are over
requests, not over repetitions. Targets are printed beside the figures and never asserted: a busy machine is
no bug.
"""

import argparse
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from typing import Final

sys.path.insert(0, str(Path(__file__).parent))

from trust_bulk import bulk
from trust_measure import POLICY, Percentiles, alternate, measure, ratio, settled, timed, told
from trust_peers import against_networkx, against_postgres
from trust_sqlite import SqliteEngine

from mutua_trust import (
    Request,
    Statement,
    TrustIndex,
    statement_from_json,
    statement_to_json,
    synthetic,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--alternations", type=int, default=5)
    parser.add_argument("--large", type=int, default=10, help="the larger scale; 0 leaves it out")
    options = parser.parse_args()
    log = list(synthetic.statements(1))
    index, asked = TrustIndex(log), list(synthetic.requests(log, options.requests))
    print(f"{len(log):,} statements, {len(asked):,} requests, {options.alternations} alternations")
    small = against_sqlite(index, asked, options.alternations)
    explanations(index, asked[:1000], options.alternations)
    updates(index, log, options.alternations)
    bulk(index, log, asked, options.alternations)
    memory()
    as_of(log, asked, options.alternations)
    against_networkx(log, asked[:300], small)
    against_postgres(index, asked[:300], small)
    if options.large:
        growth(options.large, options.requests, options.alternations, log, asked)


def against_sqlite(index: TrustIndex, asked: Sequence[Request], rounds: int) -> Percentiles:
    peer = SqliteEngine(index, POLICY)
    answers = [index.winner(request, POLICY) for request in asked]
    differing = sum(
        peer.winner(request, index.head) != answer for request, answer in zip(asked, answers, strict=True)
    )
    shares = [sum(len(answer or ()) == hops for answer in answers) / len(answers) for hops in range(5)]
    told("answers that differ from sqlite3", str(differing), "0")
    told("review, 1, 2, 3, 4 hops", " ".join(f"{share:.1%}" for share in shares))
    settled()
    ours, theirs = alternate(
        lambda request: index.winner(request, POLICY),
        lambda request: peer.winner(request, index.head),
        asked,
        rounds,
    )
    p50, p99 = median(each.p50 for each in ours), median(each.p99 for each in ours)
    told("decision p50, p99", f"{p50:.1f} us, {p99:.1f} us")
    told("  sqlite3", f"{median(o.p50 for o in theirs):.1f} us, {median(o.p99 for o in theirs):.1f} us")
    told(
        "  p50 against sqlite3",
        f"1/{1 / ratio([o.p50 for o in ours], [t.p50 for t in theirs]):.1f}",
        "<= 1/5",
    )
    told(
        "  p99 against sqlite3",
        f"1/{1 / ratio([o.p99 for o in ours], [t.p99 for t in theirs]):.1f}",
        "<= 1/12",
    )
    told("  p99/p50", f"{median(each.p99 / each.p50 for each in ours):.1f}", "<= 5")
    return Percentiles(p50, p99)


def explanations(index: TrustIndex, asked: Sequence[Request], rounds: int) -> None:
    reviews = [request for request in asked if index.winner(request, POLICY) is None]
    plain, full = alternate(
        lambda request: index.winner(request, POLICY),
        lambda request: index.decide(request, POLICY),
        reviews,
        rounds,
    )
    told(
        "review with its nearest miss, p50",
        f"{ratio([f.p50 for f in full], [p.p50 for p in plain]):.1f} x decision",
    )


def updates(index: TrustIndex, log: Sequence[Statement], rounds: int) -> None:
    """Add a statement and revoke it, each visible to the next decision."""
    sample = [replace(statement, recorded=1, revoked=None) for statement in log[::97] if statement.depth < 4]
    sample = [statement for statement in sample if statement.polarity.value == "trust"]
    peer = SqliteEngine(index, POLICY)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        # As they come from the log: just read.
        fresh = [_read(replace(statement, id=f"new-{number}-{statement.id}")) for statement in sample]
        for engine, times in ((index, ours), (peer, theirs)):
            times.append(timed(partial(_enter_and_revoke, engine, fresh)) / len(fresh) * 1e6)
    told("add and revoke", f"{median(ours):.1f} us, 1/{1 / ratio(ours, theirs):.1f} of sqlite3", "<= 1/3")


def _enter_and_revoke(engine: TrustIndex | SqliteEngine, statements: Sequence[Statement]) -> None:
    enter = engine.apply if isinstance(engine, TrustIndex) else engine.add
    for statement in statements:
        enter(statement)
        engine.revoke(statement.id, 2)


def _read(statement: Statement) -> Statement:
    read = statement_from_json(statement_to_json(statement))
    assert isinstance(read, Statement)
    return read


def memory() -> None:
    tracemalloc.start()
    index = TrustIndex(synthetic.statements(1))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    told("bytes a statement", f"{used / len(index):.0f}", "<= 1024")


def as_of(log: Sequence[Statement], asked: Sequence[Request], rounds: int) -> None:
    """A past version of a log in which a third was revoked later, against an index of that version alone."""
    history = TrustIndex(
        replace(s, id=f"{number}", recorded=number % 3 * 5, revoked=9 if number % 3 == 0 else None)
        for number, s in enumerate(log)
    )
    version = 7
    alone = TrustIndex(
        replace(s, revoked=None) for s in history if s.recorded <= version < (s.revoked or version + 1)
    )
    alone.advance(version)
    differing = sum(history.winner(r, POLICY, version) != alone.winner(r, POLICY) for r in asked)
    settled()
    past, plain = alternate(
        lambda r: history.winner(r, POLICY, version), lambda r: alone.winner(r, POLICY), asked, rounds
    )
    told("as-of answers that differ from the prefix", str(differing), "0")
    told("as-of p50", f"{ratio([x.p50 for x in past], [x.p50 for x in plain]):.2f} x current only", "<= 1.5")


def growth(scale: int, count: int, rounds: int, log: Sequence[Statement], asked: Sequence[Request]) -> None:
    many = list(synthetic.statements(scale))
    index, queries = TrustIndex(many), list(synthetic.requests(many, count))
    total = len(many)
    del many
    small = TrustIndex(log)
    settled()
    pairs = [
        (
            measure(lambda r: index.winner(r, POLICY), queries),
            measure(lambda r: small.winner(r, POLICY), asked),
        )
        for _ in range(rounds)
    ]
    told(f"p50 at {scale} times the graph", f"{median(a.p50 / b.p50 for a, b in pairs):.2f} x", "<= 1.6")
    told(f"p99 at {scale} times the graph", f"{median(a.p99 / b.p99 for a, b in pairs):.2f} x", "<= 1.8")
    cold_start(index.to_snapshot(), total)


START: Final = """
import sys, time
from pathlib import Path
from mutua_trust import TrustIndex
began = time.process_time()
index = TrustIndex.from_snapshot(Path(sys.argv[1]).read_bytes())
print(time.process_time() - began, flush=True)
"""


def cold_start(data: bytes, total: int) -> None:
    """In processes of their own, from a file: a service that starts holds nothing else yet."""
    with NamedTemporaryFile(suffix=".snapshot") as file:
        file.write(data)
        file.flush()
        command = [sys.executable, "-c", START, file.name]
        starts = [
            float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
            for _ in range(5)
        ]
    told("cold start from a snapshot file", f"{median(starts) / total * 1e6:.1f} s a million", "<= 5 s")
    told("snapshot", f"{len(data) / total:.0f} bytes a statement")


if __name__ == "__main__":
    main()
