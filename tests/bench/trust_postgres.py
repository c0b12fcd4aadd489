"""PostgreSQL for comparison: the decision as one recursive query, each over the socket, with generic plans.

It walks the statements that may travel, as many hops as each of them allows, and joins the last hop by its
key. The server is the wheel's, over a folder that is removed; where there is none, the reason is told.
"""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from trust_sqlite import SqliteEngine

from mutua_local.folder import StackFolder
from mutua_local.places import delete_data
from mutua_local.postgres import TEST_SETTINGS, EmbeddedPostgres
from mutua_trust import Policy, Request

SCHEMA = """
create table s (
    id text collate "C", truster int, trustee int, low bigint, high bigint, ects float8, assessments bigint,
    modes bigint, force_start int, force_end int, award_start int, award_end int, depth int, assurance int,
    recorded bigint, revoked bigint
);
create table d (
    id text, truster int, trustee int, low bigint, high bigint,
    force_start int, force_end int, recorded bigint, revoked bigint
);
"""
INDEXES = """
create index on s (trustee, truster);
create index on s (truster) where depth > 0;
create index on d (trustee);
analyze;
"""
NAMES = (
    "recogniser", "issuer", "low", "high", "ects", "assessment", "mode", "day", "award_day", "version",
    "low_fields", "high_fields", "levels", "aspects", "longest", "least", "binding",
)  # fmt: skip
TYPES = {"ects": "float8", "least": "int[]", "binding": "int[]"} | dict.fromkeys(
    ("low", "high", "assessment", "mode", "version", "low_fields", "high_fields", "levels", "aspects"),
    "bigint",
)

HOLDS = """{0}.low & :low = :low and {0}.high & :high = :high and {0}.ects >= :ects
    and {0}.assessments & :assessment <> 0 and {0}.modes & :mode <> 0
    and {0}.force_start <= :day and :day < {0}.force_end
    and {0}.award_start <= :award_day and :award_day < {0}.award_end
    and {0}.recorded <= :version and :version < {0}.revoked"""

QUERY = f"""
with recursive walk (here, hops, furthest, weakest, ids, members) as (
    select :recogniser, 0, :longest, 4, array[]::text[] collate "C", array[:recogniser]
    union all
    select s.trustee, walk.hops + 1, least(walk.furthest, walk.hops + 1 + s.depth),
        least(walk.weakest, s.assurance), walk.ids || s.id, walk.members || s.trustee
    from walk join s on s.truster = walk.here and s.depth > 0
    where walk.hops + 1 < walk.furthest and s.trustee <> :issuer and s.trustee <> all (walk.members)
        and {HOLDS.format("s")}
),
chains as (
    select walk.hops + 1 as hops, least(walk.weakest, s.assurance) as weakest, walk.ids || s.id as ids,
        walk.members || s.trustee as members
    from walk join s on s.truster = walk.here and s.trustee = :issuer
    where walk.hops + 1 <= walk.furthest and {HOLDS.format("s")}
)
select ids from chains
where weakest >= (:least)[hops] and not exists (
    select 1 from d
    where d.trustee = any (members[2:])
        and (d.truster = any (:binding)
            or array_position(members, d.truster) < array_position(members, d.trustee))
        and (d.low & :low & :low_fields <> 0 or d.high & :high & :high_fields <> 0)
        and d.high & :high & :levels <> 0 and d.high & :high & :aspects <> 0
        and d.force_start <= :day and :day < d.force_end
        and d.recorded <= :version and :version < d.revoked
)
order by hops, weakest desc, ids limit 1
"""


def _numbered(query: str) -> str:
    for number, name in sorted(enumerate(NAMES, 1), key=lambda item: -len(item[1])):
        query = query.replace(f":{name}", f"${number}::{TYPES.get(name, 'int')}")
    return query


class PostgresEngine:
    """Winners by one recursive query, over what the peer in SQLite holds."""

    def __init__(self, url: str, peer: SqliteEngine, policy: Policy) -> None:
        self._peer = peer
        self._policy = policy
        self._run = asyncio.Runner()
        self._run.run(self._fill(url))

    async def _fill(self, url: str) -> None:
        self._connection = await asyncpg.connect(url)
        await self._connection.execute(SCHEMA)
        for table in ("s", "d"):
            await self._connection.copy_records_to_table(table, records=self._peer.rows(table))
        await self._connection.execute(INDEXES)
        await self._connection.execute("set plan_cache_mode = force_generic_plan")
        self._query = await self._connection.prepare(_numbered(QUERY))

    def winner(self, request: Request, version: int) -> tuple[str, ...] | None:
        values = self._peer.values(request, version) | {
            "longest": self._policy.max_hops,
            "least": self._policy.min_assurance,
            "binding": self._peer.numbers(self._policy.binding),
        }
        found = self._run.run(self._query.fetchval(*(values[name] for name in NAMES)))
        return None if found is None else tuple(found)

    def close(self) -> None:
        self._run.run(self._connection.close())
        self._run.close()


@contextmanager
def server() -> Iterator[str]:
    """The address of a server of its own. Raises StackError where none can be started."""
    path = Path(tempfile.mkdtemp(prefix="mutua-bench-trust-"))
    path.chmod(0o711)  # PostgreSQL may run as another user and must be able to pass
    folder = StackFolder(path)
    postgres = EmbeddedPostgres(
        path / "postgres",
        folder.processes,
        port=folder.port("postgres"),
        password=secrets.token_hex(8),
        settings=TEST_SETTINGS,
    )
    try:
        postgres.start()
        yield postgres.admin_url
    finally:
        postgres.stop()
        folder.processes.end_orphans()
        delete_data(path / "postgres")
        shutil.rmtree(path, ignore_errors=True)
