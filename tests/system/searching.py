"""Looks for values everywhere in a house: topics, tables, files, metrics, traces; in every form of theirs.

A value that went through JSON, base64 (as in a JWT or a disclosure), hexadecimal digits, a URL, or a bare
hash is still that value.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import asyncpg
from house import House

Place = tuple[str, bytes]
"""Where something stands, and what stands there."""

SERVERS = ("postgres", "broker")
"""Folders of the servers' own files: what they hold is read from them, which sees through compression."""


def forms(value: str) -> dict[str, bytes]:
    """Every form in which a value may appear, by a name of the form."""
    texts = {"text": value.encode(), "json": json.dumps(value)[1:-1].encode(), "url": quote(value).encode()}
    found = dict(texts)
    for name, text in texts.items():
        for shift in range(3):
            found[f"{name} in base64 +{shift}"] = _base64_inside(text, shift)
            found[f"{name} in base64url +{shift}"] = _base64_inside(text, shift).translate(_URL)
        found[f"{name} in hex"] = text.hex().encode()
    digest = hashlib.sha256(value.encode()).digest()
    found |= {"sha256": digest, "sha256 in hex": digest.hex().encode()}
    found["sha256 in base64url"] = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return found


_URL = bytes.maketrans(b"+/", b"-_")


def _base64_inside(text: bytes, shift: int) -> bytes:
    """What base64 makes of a text inside of another one, whatever stands around it: its whole digits only."""
    encoded = base64.b64encode(b"\0" * shift + text).rstrip(b"=")
    tail = 1 if (shift + len(text)) % 3 else 0
    return encoded[(0, 2, 3)[shift] : len(encoded) - tail]


def find(values: Iterable[str], places: Iterable[Place]) -> list[str]:
    """Where a value stands, as lines to read: the form and the place."""
    wanted = {form: f"{value!r} as {name}" for value in values for name, form in forms(value).items()}
    return [
        f"{what} in {place}" for place, content in places for form, what in wanted.items() if form in content
    ]


def everywhere(house: House) -> Iterator[Place]:
    """All that a house holds and says."""
    yield from topics(house)
    yield from tables(house)
    yield from files(house)
    yield from metrics(house)
    for number, sent in enumerate(house.spans.sent()):
        yield f"traces {number}", sent.body


def topics(house: House) -> Iterator[Place]:
    """Values, keys and headers of all records."""
    for record in house.records():
        place = f"{record.topic}[{record.partition}]@{record.offset}"
        yield place, record.value or b""
        yield f"{place} key", record.key or b""
        for name, value in record.headers:
            yield f"{place} header {name}", name.encode() + b"=" + (value or b"")


def tables(house: House) -> Iterator[Place]:
    """Every cell of every table of every schema that is not PostgreSQL's own, as superuser."""
    yield from asyncio.run(_tables(house.admin_url))


async def _tables(url: str) -> list[Place]:
    connection = await asyncpg.connect(url)
    try:
        named = await connection.fetch(
            "select table_schema as schema, table_name as name from information_schema.tables"
            " where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
        )
        found: list[Place] = []
        for table in named:
            rows = await connection.fetch(f'select * from "{table["schema"]}"."{table["name"]}"')
            found += [
                (f"{table['schema']}.{table['name']}.{column}", cell)
                for row in rows
                for column, value in row.items()
                for cell in _cells(value)
            ]
        return found
    finally:
        await connection.close()


def _cells(value: Any) -> Iterator[bytes]:
    match value:
        case None:
            return
        case bytes():
            yield value
        case str():
            yield value.encode("utf-8", "surrogatepass")
        case Mapping():
            for name, one in value.items():
                yield from _cells(name)
                yield from _cells(one)
        case Sequence():
            for one in value:
                yield from _cells(one)
        case _:
            yield str(value).encode()


def files(house: House) -> Iterator[Place]:
    """Everything in the stack's folder beside the servers' own files: logs, state, keys."""
    for file in sorted(house.path.rglob("*")):
        relative = file.relative_to(house.path)
        if relative.parts[0] not in SERVERS and file.is_file():
            yield str(relative), file.read_bytes()


def metrics(house: House) -> Iterator[Place]:
    """What every process of a service tells Prometheus."""
    for program in house.table:
        if program.role is not None:
            answer = house.http.get(house.around.address(program.name) + "/metrics")
            assert answer.status_code == 200, f"{program.name}: {answer.status_code}"
            yield f"{program.name} /metrics", answer.content
