"""The tables of the registry's truth: one per kind of record in SQLite, and the links between them."""

import sqlite3
from collections.abc import Iterable
from itertools import chain
from typing import Literal, TypeVar, cast

from .model import (
    RECORDS,
    Activity,
    Agency,
    BrokenRecord,
    Dataset,
    Hierarchy,
    Provider,
    Record,
    Report,
    Succession,
)

RecordT = TypeVar("RecordT", bound=Record)
Role = Literal["agency", "contributing", "activity", "institution", "platform"]
_KINDS = {record: kind for kind, record in RECORDS.items()}
_SCHEMA = (
    "".join(f"create table {kind} (id integer primary key, body text not null);\n" for kind in RECORDS)
    + """
create table link (report integer not null, role text not null, target integer not null);
create index link_report on link (report);
create index link_target on link (target, role);
create table place (provider integer not null, country integer not null);
create index place_provider on place (provider);
create index place_country on place (country);
create table identifier (provider integer not null, resource text not null, identifier text not null);
create index identifier_lookup on identifier (identifier, resource);
create table relation (kind text, id integer, source integer not null, target integer not null);
create index relation_source on relation (source, kind);
create index relation_target on relation (target, kind);
"""
)


_LARGEST_KEY = 2**31 - 1


def kind_of(record: Record | type[Record]) -> str:
    return _KINDS[record if isinstance(record, type) else type(record)]


class Records:
    """Reads and writes them. A temporary file of SQLite's own holds the tables, so a full profile does not
    live in memory.
    """

    def __init__(self) -> None:
        self._read: dict[tuple[type[Record], int], Record] = {}
        self._all: dict[type[Record], list[Record]] = {}
        self._sql = sqlite3.connect("", isolation_level=None)
        self._sql.executescript("pragma journal_mode = off; pragma synchronous = off;" + _SCHEMA)

    def close(self) -> None:
        self._sql.close()

    def load(self, dataset: Dataset, reports: Iterable[Report] = ()) -> None:
        """Replace everything by the dataset and these reports beside it."""
        self._read.clear()
        self._all.clear()
        self._sql.execute("begin")
        for table in (*RECORDS, "link", "place", "identifier", "relation"):
            self._sql.execute(f"delete from {table}")  # noqa: S608 (names of our own tables)
        records: Iterable[Record] = chain.from_iterable(
            getattr(dataset, name) for name in Dataset.model_fields
        )
        for record in chain(records, reports):
            self._store(record)
        self._sql.execute("commit")

    # reading

    def find(self, record: type[RecordT], key: int) -> RecordT | None:
        kept = self._read.get((record, key))
        if isinstance(kept, record):
            return kept
        if key > _LARGEST_KEY:
            return None
        row = self._sql.execute(f"select body from {kind_of(record)} where id = ?", (key,)).fetchone()  # noqa: S608
        if row is None:
            return None
        found = record.model_validate_json(row[0])
        if record is not Report:  # the many; everything else is small and read again and again
            self._read[record, key] = found
        return found

    def get(self, record: type[RecordT], key: int) -> RecordT:
        """The record; raises BrokenRecord where it does not exist: something still points at it."""
        found = self.find(record, key)
        if found is None:
            raise BrokenRecord(f"no {kind_of(record)} {key}")
        return found

    def every(self, record: type[RecordT]) -> Iterable[RecordT]:
        """By id. The kinds of which there are few are read once and kept until one of them changes."""
        kept = self._all.get(record)
        if kept is not None:
            return cast("list[RecordT]", kept)
        rows = self._sql.execute(f"select body from {kind_of(record)} order by id").fetchall()  # noqa: S608
        if record in (Report, Provider):
            return (record.model_validate_json(row[0]) for row in rows)
        found = [record.model_validate_json(row[0]) for row in rows]
        self._all[record] = cast("list[Record]", found)
        return found

    def count(self, record: type[Record]) -> int:
        return self._ints(f"select count(*) from {kind_of(record)}")[0]  # noqa: S608

    def next_id(self, record: type[Record]) -> int:
        return self._ints(f"select coalesce(max(id), 0) + 1 from {kind_of(record)}")[0]  # noqa: S608

    def ids(self, record: type[Record]) -> list[int]:
        return self._ints(f"select id from {kind_of(record)} order by id")  # noqa: S608

    def reports_of(self, target: int, *roles: Role) -> list[int]:
        marks = ",".join("?" * len(roles))
        query = f"select distinct report from link where target = ? and role in ({marks}) order by report"  # noqa: S608
        return self._ints(query, target, *roles)

    def hierarchies(self, *, parent: int | None = None, child: int | None = None) -> list[Hierarchy]:
        return self._relations(Hierarchy, parent, child)

    def successions(self, *, source: int | None = None, target: int | None = None) -> list[Succession]:
        return self._relations(Succession, source, target)

    def _relations(self, record: type[RecordT], source: int | None, target: int | None) -> list[RecordT]:
        side, key = ("source", source) if source is not None else ("target", target)
        query = f"select id from relation where kind = ? and {side} = ? order by id"  # noqa: S608
        return [self.get(record, found) for found in self._ints(query, kind_of(record), key)]

    # writing

    def put(self, record: Record) -> None:
        self._sql.execute("begin")
        self._forget(record)
        self._store(record)
        self._sql.execute("commit")

    def delete(self, record: Record) -> None:
        """Remove the record and what mentions it in reports and relations."""
        self._sql.execute("begin")
        self._forget(record)
        self._sql.execute("commit")
        match record:
            case Provider(id=key):
                self._unmention(key, institution="institutions", platform="platforms")
                for relation in (
                    *self.hierarchies(parent=key),
                    *self.hierarchies(child=key),
                    *self.successions(source=key),
                    *self.successions(target=key),
                ):
                    self.delete(relation)
            case Agency(id=key):
                self._unmention(key, contributing="contributing_agencies")
            case Activity(id=key):
                self._unmention(key, activity="activities")
            case _:
                pass

    def _unmention(self, key: int, **lists: str) -> None:
        """Take the key out of these lists of reports, by role."""
        for report_id in self.reports_of(key, *cast("list[Role]", list(lists))):
            report = self.get(Report, report_id)
            kept = {name: [i for i in getattr(report, name) if i != key] for name in lists.values()}
            self.put(report.model_copy(update=kept))

    def _forget(self, record: Record) -> None:
        kind, key = kind_of(record), _key(record)
        self._read.pop((type(record), key), None)
        self._all.pop(type(record), None)
        self._sql.execute(f"delete from {kind} where id = ?", (key,))  # noqa: S608
        match record:
            case Report():
                self._sql.execute("delete from link where report = ?", (key,))
            case Provider():
                self._sql.execute("delete from place where provider = ?", (key,))
                self._sql.execute("delete from identifier where provider = ?", (key,))
            case Hierarchy() | Succession():
                self._sql.execute("delete from relation where kind = ? and id = ?", (kind, key))
            case _:
                pass

    def _store(self, record: Record) -> None:
        kind, key = kind_of(record), _key(record)
        self._sql.execute(f"insert into {kind} values (?, ?)", (key, record.model_dump_json()))  # noqa: S608
        match record:
            case Report():
                self._sql.executemany("insert into link values (?, ?, ?)", _links(record))
            case Provider():
                places = {(key, location.country) for location in record.locations}
                self._sql.executemany("insert into place values (?, ?)", sorted(places))
                names = [(key, i.resource, i.identifier) for i in record.identifiers if i.resource]
                self._sql.executemany("insert into identifier values (?, ?, ?)", names)
            case Hierarchy(parent=source, child=target) | Succession(source=source, target=target):
                self._sql.execute("insert into relation values (?, ?, ?, ?)", (kind, key, source, target))
            case _:
                pass

    def _ints(self, query: str, *parameters: int | str | None) -> list[int]:
        return [int(row[0]) for row in self._sql.execute(query, parameters)]


def _key(record: Record) -> int:
    return getattr(record, "id")  # noqa: B009 (every kind has one; the base class has none)


def _links(report: Report) -> list[tuple[int, Role, int]]:
    targets: dict[Role, list[int]] = {
        "agency": [report.agency],
        "contributing": report.contributing_agencies,
        "activity": report.activities,
        "institution": report.institutions,
        "platform": report.platforms,
    }
    return [(report.id, role, key) for role, keys in targets.items() for key in keys]
