"""Broken infrastructure parks nothing and loses nothing: a batch waits in place, then has its effect once."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import asyncpg
import pytest
from ledger.facts import Tape
from ledger.handlers import handle

from mutua_kernel.clock import SystemClock
from mutua_kernel.database import Connection, Pool, is_infrastructure, open_pool
from mutua_kernel.events import Event, Handler, Outcome, Record
from mutua_kernel.migrate import migrate
from mutua_kernel.outbox import Sealer
from mutua_kernel.process import Processor, StreamHalted
from mutua_local import roles
from mutua_local.folder import StackFolder
from mutua_local.postgres import TEST_SETTINGS, EmbeddedPostgres

pytestmark = pytest.mark.servers

KEYS = ("a", "b", "c")


def batch(tape: Tape) -> list[Record]:
    return [tape.fact(key, n) for n in (1, 2, 3) for key in KEYS]


async def assert_once(pool: Pool) -> None:
    rows = await pool.fetch("select key, sequence from ledger_entry order by key, version")
    assert [(row["key"], row["sequence"]) for row in rows] == [(key, n) for key in KEYS for n in (1, 2, 3)]
    assert await pool.fetchval("select count(*) from outbox") == 9
    assert await pool.fetchval("select count(*) from parked_event") == 0


async def end_sessions(url: str) -> None:
    """Ends every other session of the same user in this database."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid() and usename = current_user"
    )
    await connection.close()


@pytest.mark.parametrize("moment", ["before the handler writes", "after the handler wrote"])
async def test_a_session_that_is_ended_in_a_batch_costs_nothing_but_time(
    processor_of: Callable[[Handler], Processor],
    pool: Pool,
    ledger: roles.Database,
    tape: Tape,
    moment: str,
) -> None:
    left = 2

    async def cut(tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
        nonlocal left
        if moment.startswith("after"):
            outcomes = await handle(tx, events)
        if left:
            left -= 1
            await end_sessions(ledger.url("issuer_worker"))
        return outcomes if moment.startswith("after") else await handle(tx, events)

    processor = processor_of(cut)
    await processor.process(batch(tape))
    assert left == 0
    assert processor.retrying is None
    await assert_once(pool)


async def test_a_commit_whose_outcome_is_unknown_is_tried_again_and_has_one_effect(
    processor: Processor, pool: Pool, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the server has committed and before its answer arrives."""
    commit = asyncpg.transaction.Transaction.__aexit__
    broken = False

    async def lost_answer(self: asyncpg.transaction.Transaction, *error: object) -> None:
        nonlocal broken
        await commit(self, *error)
        if not broken:
            broken = True
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(asyncpg.transaction.Transaction, "__aexit__", lost_answer)
    await processor.process(batch(tape))
    assert broken
    await assert_once(pool)


async def test_an_exhausted_pool_makes_the_stream_wait_and_parks_nothing(
    processor: Processor, pool: Pool, tape: Tape
) -> None:
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    working = asyncio.create_task(processor.process(batch(tape)))
    done, _ = await asyncio.wait([working], timeout=0.3)
    assert not done
    for connection in held:
        await pool.release(connection)
    async with asyncio.timeout(20):
        await working
    await assert_once(pool)


async def test_a_lock_that_is_not_had_in_time_is_waited_for(
    ledger: roles.Database, pool: Pool, tape: Tape
) -> None:
    hasty = await asyncpg.create_pool(
        ledger.url("issuer_worker"), min_size=1, max_size=2, server_settings={"lock_timeout": "100ms"}
    )
    processor = Processor(
        name="ledger",
        pool=hasty,
        handler=handle,
        sealer=Sealer("ledger"),
        clock=SystemClock(),
        on_commit=lambda: None,
    )
    async with pool.acquire() as holder:
        held = holder.transaction()
        await held.start()
        await holder.execute("insert into ledger (key, version) values ('b', 0)")
        working = asyncio.create_task(processor.process(batch(tape)))
        async with asyncio.timeout(20):
            while processor.retrying is None:
                await asyncio.sleep(0.02)
        await held.rollback()
    async with asyncio.timeout(20):
        await working
    await hasty.close()
    await assert_once(pool)


@pytest.fixture
def own_server() -> Iterator[tuple[EmbeddedPostgres, dict[str, str]]]:
    """A PostgreSQL of this test alone, so that it may be killed; and the passwords of its roles."""
    with tempfile.TemporaryDirectory(prefix="mutua-postgres-") as name:
        Path(name).chmod(0o711)
        folder = StackFolder(Path(name))
        passwords = folder.passwords(("superuser", *roles.ROLES))
        server = EmbeddedPostgres(
            folder.path / "postgres",
            folder.processes,
            port=folder.port("postgres"),
            password=passwords["superuser"],
            settings=TEST_SETTINGS,
        )
        yield server, passwords
        server.delete()


async def test_a_stream_waits_for_a_database_that_is_killed_and_goes_on_when_it_is_back(
    own_server: tuple[EmbeddedPostgres, dict[str, str]], tape: Tape
) -> None:
    server, passwords = own_server
    server.start()
    database = await roles.bootstrap(server.admin_url, passwords)
    migrate("ledger", database.url("issuer_owner"), "issuer")
    pool = await open_pool(database.url("issuer_worker"), name="ledger", size=2)
    processor = Processor(
        name="ledger",
        pool=pool,
        handler=handle,
        sealer=Sealer("ledger"),
        clock=SystemClock(),
        on_commit=lambda: None,
    )
    await processor.process([tape.fact("a", 1)])
    server.kill()
    working = asyncio.create_task(processor.process([tape.fact("a", 1), tape.fact("a", 2)]))
    async with asyncio.timeout(20):
        while processor.retrying is None:
            await asyncio.sleep(0.02)
    server.start()
    async with asyncio.timeout(30):
        await working
    rows = await pool.fetch("select sequence from ledger_entry order by version")
    assert [row["sequence"] for row in rows] == [1, 2]
    assert await pool.fetchval("select count(*) from parked_event") == 0
    await pool.close()


async def test_a_database_without_its_tables_halts_the_stream_and_parks_nothing(
    processor: Processor, pool: Pool, ledger: roles.Database, tape: Tape
) -> None:
    """A worker that was deployed before its migration: even a single event does not go to the park."""
    owner = await asyncpg.connect(ledger.url("issuer_owner"))
    await owner.execute("alter table ledger_entry rename to moved")
    with pytest.raises(StreamHalted, match="42P01"):
        await processor.process([tape.fact("a", 1)])
    assert processor.halted is not None
    await owner.execute("alter table moved rename to ledger_entry")
    await owner.close()
    assert await pool.fetchval("select count(*) from parked_event") == 0
    assert await pool.fetchval("select count(*) from inbox") == 0


@pytest.mark.parametrize(
    ("error", "infrastructure"),
    [
        (asyncpg.ConnectionDoesNotExistError(), True),
        (asyncpg.DeadlockDetectedError(), True),
        (asyncpg.SerializationError(), True),
        (asyncpg.LockNotAvailableError(), True),
        (asyncpg.DiskFullError(), True),
        (asyncpg.CannotConnectNowError(), True),
        (asyncpg.ReadOnlySQLTransactionError(), True),
        (asyncpg.UniqueViolationError(), False),
        (asyncpg.InvalidTextRepresentationError(), False),
        (asyncpg.DataError(), False),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.InternalClientError(), True),
        (RuntimeError(), False),
    ],
)
def test_which_errors_say_nothing_about_the_data(error: Exception, infrastructure: bool) -> None:
    assert is_infrastructure(error) is infrastructure
