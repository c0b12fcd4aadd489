"""The search engine's copy of the registry: documents, the terms that filters and facets see, and slots.

It behaves as the engine behind the real API does where a client can tell: ties follow an internal slot, a
document that is re-indexed keeps its slot and a new one takes the slot of a deleted one; empty values sort
last in both directions; the number of hits is cut at a cap while facets are not; full text drops words.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import orjson

from .model import Json

Value = str | int | bool
Terms = Mapping[str, Sequence[Value]]

_TABLES = """
create table doc (
    ix text, id integer, slot integer, text text, body blob, primary key (ix, id)
) without rowid;
create table term (ix text, field text, value text collate nocase, number integer, id integer);
create table free_slot (ix text, slot integer, primary key (ix, slot)) without rowid;
"""
_INDEXES = """
create index doc_slot on doc (ix, slot);
create index term_value on term (ix, field, value, id);
create index term_doc on term (ix, id, field);
"""
_EMPTIED = """
delete from doc; delete from term; delete from free_slot;
drop index doc_slot; drop index term_value; drop index term_doc;
"""
_INSERT_DOC = "insert or replace into doc values (?, ?, ?, ?, ?)"
_INSERT_TERM = "insert into term values (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document with what filters, facets and full text see of it."""

    index: str
    key: int
    document: Json
    terms: Terms
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: any of the fields has a value that compares so; several values mean any of them."""

    fields: tuple[str, ...]
    op: Literal["=", "!=", "<=", ">=", ">"]
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives: all clauses of one of the groups hold."""

    groups: tuple[tuple[Clause, ...], ...]


@dataclass(frozen=True, slots=True)
class Search:
    index: str
    clauses: tuple[Clause | AnyOf, ...] = ()
    text: str = ""
    sort: tuple[str, bool] | None = None  # field, descending


@dataclass(frozen=True, slots=True)
class Hits:
    """`total` is what the engine says (cut at its cap); `facets` count everything, by field and value."""

    total: int
    documents: list[Json]
    facets: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class _Answer:
    ids: list[int]
    facets: dict[str, dict[str, int]]


@dataclass(slots=True)
class SearchIndex:
    caps: dict[str, int] = field(
        default_factory=lambda: {"reports": 200_000, "institutions": 200_000, "programmes": 3_000}
    )
    facet_values: dict[str, int] = field(default_factory=lambda: {"reports": 1000})
    _sql: sqlite3.Connection = field(default_factory=lambda: sqlite3.connect("", isolation_level=None))
    _answers: dict[tuple[Search, tuple[str, ...]], _Answer] = field(
        default_factory=dict[tuple[Search, tuple[str, ...]], _Answer]
    )

    def __post_init__(self) -> None:
        self._sql.executescript("pragma journal_mode = off; pragma synchronous = off;" + _TABLES + _INDEXES)

    def close(self) -> None:
        self._sql.close()

    def fill(self, entries: Iterable[Entry]) -> None:
        """These entries in place of all there was, in slots of their order. Quicker than putting each."""
        self._answers.clear()
        self._sql.executescript(_EMPTIED)
        slots: dict[str, int] = {}
        self._sql.execute("begin")
        for entry in entries:
            slots[entry.index] = slot = slots.get(entry.index, 0) + 1
            self._write(entry, slot)
        self._sql.execute("commit")
        self._sql.executescript(_INDEXES)

    def put(self, entry: Entry) -> None:
        self._answers.clear()
        slot = self._slot(entry.index, entry.key)
        self._sql.execute("delete from term where ix = ? and id = ?", (entry.index, entry.key))
        self._write(entry, slot)

    def _write(self, entry: Entry, slot: int) -> None:
        body = orjson.dumps(entry.document)
        self._sql.execute(_INSERT_DOC, (entry.index, entry.key, slot, entry.text.lower(), body))
        self._sql.executemany(_INSERT_TERM, _rows(entry.index, entry.key, entry.terms))

    def delete(self, index: str, key: int) -> None:
        row = self._sql.execute("select slot from doc where ix = ? and id = ?", (index, key)).fetchone()
        if row is None:
            return
        self._answers.clear()
        self._sql.execute("delete from term where ix = ? and id = ?", (index, key))
        self._sql.execute("delete from doc where ix = ? and id = ?", (index, key))
        self._sql.execute("insert into free_slot values (?, ?)", (index, row[0]))

    def where(self, index: str, name: str, value: int) -> list[int]:
        """Ids of the documents that have the value in the field."""
        rows = self._sql.execute(
            "select id from term where ix = ? and field = ? and value = ?", (index, name, str(value))
        )
        return [int(row[0]) for row in rows]

    def search(self, search: Search, *, limit: int, page: int, facets: tuple[str, ...]) -> Hits:
        answer = self._answers.get((search, facets))
        if answer is None:
            answer = self._answers[search, facets] = self._run(search, facets)
        cap = self.caps[search.index]
        wanted = answer.ids[:cap][(page - 1) * limit : page * limit]
        return Hits(
            total=min(len(answer.ids), cap),
            documents=self._documents(search.index, wanted),
            facets=answer.facets,
        )

    def _documents(self, index: str, ids: list[int]) -> list[Json]:
        query = "select body from doc where ix = ? and id = ?"
        return [orjson.loads(self._sql.execute(query, (index, key)).fetchone()[0]) for key in ids]

    def _slot(self, index: str, key: int) -> int:
        queries = (
            ("select slot from doc where ix = ? and id = ?", (index, key)),
            ("select min(slot) from free_slot where ix = ?", (index,)),
            ("select coalesce(max(slot), 0) + 1 from doc where ix = ?", (index,)),
        )
        for number, (query, parameters) in enumerate(queries):
            row = self._sql.execute(query, parameters).fetchone()
            if row is not None and row[0] is not None:
                if number == 1:
                    self._sql.execute("delete from free_slot where ix = ? and slot = ?", (index, row[0]))
                return int(row[0])
        raise AssertionError("the last query always answers")

    def _run(self, search: Search, facets: tuple[str, ...]) -> _Answer:
        condition, parameters = _condition(search)
        order, order_parameters = _order(search)
        self._sql.execute("create temp table if not exists hit (id integer primary key)")
        self._sql.execute("delete from hit")
        self._sql.execute(f"insert into hit select id from doc where {condition}", parameters)  # noqa: S608
        ids = [
            int(row[0])
            for row in self._sql.execute(
                f"select id from doc where ix = ? and id in (select id from hit) order by {order}",  # noqa: S608
                (search.index, *order_parameters),
            )
        ]
        return _Answer(ids, {name: self._facet(search.index, name) for name in facets})

    def _facet(self, index: str, name: str) -> dict[str, int]:
        rows = self._sql.execute(
            """select value, count(distinct id) from term where ix = ? and field = ?
            and id in (select id from hit) group by value collate binary order by value limit ?""",
            (index, name, self.facet_values.get(index, 200)),
        )
        return {str(value): int(count) for value, count in rows}


def _rows(index: str, key: int, terms: Terms) -> Iterable[tuple[str, str, str, int | None, int]]:
    for name, values in terms.items():
        for value in values:
            number = value if isinstance(value, int) and not isinstance(value, bool) else None
            yield index, name, _text(value), number, key


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _condition(search: Search) -> tuple[str, list[str | int]]:
    parts: list[str] = ["ix = ?"]
    values: list[str | int] = [search.index]
    for clause in search.clauses:
        groups = clause.groups if isinstance(clause, AnyOf) else ((clause,),)
        alternatives: list[str] = []
        for group in groups:
            alternatives.append(" and ".join(_comparison(single) for single in group))
            for single in group:
                values += [search.index, *single.fields, *single.values]
        parts.append("(" + " or ".join(f"({one})" for one in alternatives) + ")")
    if word := _searched(search.text):
        parts.append("instr(text, ?) > 0")
        values.append(word)
    return " and ".join(parts), values


def _comparison(clause: Clause) -> str:
    names = ",".join("?" * len(clause.fields))
    operator = "=" if clause.op == "!=" else clause.op
    column = "value" if operator == "=" else "number"
    any_of = " or ".join([f"{column} {operator} ?"] * len(clause.values))
    negated = "not " if clause.op == "!=" else ""
    return f"id {negated}in (select id from term where ix = ? and field in ({names}) and ({any_of}))"  # noqa: S608


def _searched(text: str) -> str:
    """The engine keeps the first words and drops later ones; only a quoted phrase is taken whole."""
    text = text.strip().lower()
    if len(text) > 2 and text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    return text.split()[0] if text else ""


def _order(search: Search) -> tuple[str, list[str]]:
    if search.sort is None:
        return "slot", []
    name, descending = search.sort
    way, edge = ("desc", "max") if descending else ("asc", "min")
    value = f"(select {edge}(coalesce(number, lower(value))) from term where term.ix = doc.ix and term.id = doc.id and field = ?)"  # noqa: S608, E501
    return f"{value} is null, {value} {way}, slot", [name, name]
