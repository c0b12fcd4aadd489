"""The peer of the trust bench: the same decision as joins in an in-memory SQLite, with indexes that help.

One prepared query for each chain length, the last hop found by its key, distrust as a subquery. It gives the
winner, which the bench compares with the engine's for every request.
"""

import sqlite3
from collections.abc import Iterable

from mutua_trust import Polarity, Policy, Request, Statement, TrustIndex
from mutua_trust.graph import Graph
from mutua_trust.records import NEVER, Ask, Record, compile_statement

LOW = (1 << 60) - 1
"""A mask has 91 bits, an SQLite integer 63: it is kept in two columns."""

SCHEMA = """
create table s (
    id text, truster int, trustee int, low int, high int, ects real, assessments int, modes int,
    force_start int, force_end int, award_start int, award_end int, depth int, assurance int,
    recorded int, revoked int
);
create table d (
    id text, truster int, trustee int, low int, high int,
    force_start int, force_end int, recorded int, revoked int
);
"""
INDEXES = """
create index s_pair on s (trustee, truster);
create index s_travelling on s (truster, depth) where depth > 0;
create unique index s_id on s (id);
create index d_trustee on d (trustee);
analyze;
"""


def _hop(name: str, behind: int, hops: int, least: int) -> str:
    return f"""{name}.low & :low = :low and {name}.high & :high = :high and {name}.ects >= :ects
        and {name}.assessments & :assessment and {name}.modes & :mode
        and {name}.force_start <= :day and :day < {name}.force_end
        and {name}.award_start <= :award_day and :award_day < {name}.award_end
        and {name}.recorded <= :version and :version < {name}.revoked
        and {name}.depth >= {behind} and {name}.assurance >= {least}"""


def _query(hops: int, policy: Policy, binding: str) -> str:
    names = [f"h{number}" for number in range(hops)]
    members = [":recogniser", *(f"{name}.trustee" for name in names)]
    where: list[str] = []
    for number, name in enumerate(names):
        where += [
            f"{name}.truster = {members[number]}",
            _hop(name, hops - 1 - number, hops, policy.least(hops)),
        ]
        if number < hops - 1:
            where.append(f"{name}.depth > 0 and {name}.trustee <> :issuer")
    where.append(f"{names[-1]}.trustee = :issuer")
    members[-1] = ":issuer"
    barred = " or ".join(
        f"(d.trustee = {member} and d.truster in ({', '.join([*members[:at], *binding.split()])}))"
        for at, member in enumerate(members)
        if at
    )
    touching = """(d.low & :low & :low_fields or d.high & :high & :high_fields) and d.high & :high & :levels
        and d.high & :high & :aspects and d.force_start <= :day and :day < d.force_end
        and d.recorded <= :version and :version < d.revoked"""
    weakest = f"min({', '.join(f'{name}.assurance' for name in names)})" if hops > 1 else "h0.assurance"
    ids = ", ".join(f"{name}.id" for name in names)
    return f"""select {ids} from {" cross join ".join(f"s {name}" for name in names)}
        where {" and ".join(where)}
        and not exists (
            select 1 from d where d.trustee in ({", ".join(members[1:])}) and ({barred}) and {touching}
        )
        order by {weakest} desc, {ids} limit 1"""


class SqliteEngine:
    """Winners by SQL, for one policy."""

    def __init__(self, index: TrustIndex, policy: Policy) -> None:
        self._graph: Graph = index.graph
        self._numbers: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._db = sqlite3.connect(":memory:", isolation_level=None, cached_statements=64)
        self._db.executescript(SCHEMA)
        insert = f"insert into s values ({', '.join('?' * 16)})"
        self._db.executemany(insert, (self._row(record) for record in index.graph.trust.values()))
        self._db.executemany(
            "insert into d values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._distrust_row(record) for record in index.graph.distrust.values()),
        )
        self._db.executescript(INDEXES)
        self._insert = insert
        binding = " ".join(map(str, self.numbers(policy.binding)))
        self._queries = [_query(hops, policy, binding) for hops in range(1, policy.max_hops + 1)]

    def _number(self, entity: str) -> int:
        return self._numbers.setdefault(entity, len(self._numbers))

    def numbers(self, entities: Iterable[str]) -> list[int]:
        """The entities as the tables name them."""
        return [self._number(entity) for entity in sorted(entities)]

    def _bits(self, names: Iterable[str] | None) -> int:
        """A set of opaque strings; all bits for "all", one of which no string has."""
        if names is None:
            return (1 << 62) - 1
        return sum(1 << self._names.setdefault(name, len(self._names)) for name in names)

    def _row(self, r: Record) -> tuple[object, ...]:
        return (
            r.id, self._number(r.truster), self._number(r.trustee), r.mask & LOW, r.mask >> 60, r.max_ects,
            self._bits(r.assessments), self._bits(r.modes), r.force_start, r.force_end,
            r.award_start, r.award_end, r.depth, r.assurance, r.recorded, r.revoked,
        )  # fmt: skip

    def _distrust_row(self, r: Record) -> tuple[object, ...]:
        return (
            r.id, self._number(r.truster), self._number(r.trustee), r.mask & LOW, r.mask >> 60,
            r.force_start, r.force_end, r.recorded, r.revoked,
        )  # fmt: skip

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """What a table holds, for another engine."""
        return self._db.execute(f"select * from {table}").fetchall()

    def values(self, request: Request, version: int) -> dict[str, object]:
        """The request as the queries ask for it."""
        ask = Ask(request, version)
        return {
            "recogniser": self._numbers.get(ask.recogniser, -1),
            "issuer": self._numbers.get(ask.issuer, -1),
            "low": ask.need & LOW,
            "high": ask.need >> 60,
            "low_fields": LOW,
            "high_fields": (1 << 20) - 1,
            "levels": 0xFF << 20,
            "aspects": 0x7 << 28,
            "ects": ask.ects,
            "assessment": 1 << self._names.get(ask.assessment or "", 61),
            "mode": 1 << self._names.get(ask.mode or "", 61),
            "day": ask.day,
            "award_day": ask.award_day,
            "version": version,
        }

    def winner(self, request: Request, version: int) -> tuple[str, ...] | None:
        values = self.values(request, version)
        for query in self._queries:
            found = self._db.execute(query, values).fetchone()
            if found is not None:
                return found
        return None

    def add(self, statement: Statement) -> None:
        assert statement.polarity is Polarity.TRUST
        self._db.execute(self._insert, self._row(compile_statement(statement)))

    def revoke(self, id: str, version: int) -> None:
        self._db.execute("update s set revoked = ? where id = ? and revoked = ?", (version, id, NEVER))
