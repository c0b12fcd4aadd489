"""The way back from the park: keys that an operator asked for are replayed in order.

The same handler sees the same bytes, and stops at the first event of a key that fails again.
"""

from collections.abc import Callable

from mutua_kernel import telemetry
from mutua_kernel.database import Connection, Pool, is_infrastructure, load_queries
from mutua_kernel.effect import Effects
from mutua_kernel.events import Event, Record, Skip
from mutua_kernel.reading import Parked, culprit, read

SQL = load_queries("mutua_kernel")


class Redrive:
    """Replays the parked events of one stream, one transaction each."""

    def __init__(self, name: str, pool: Pool, effects: Effects, on_commit: Callable[[], None]) -> None:
        self._name = name
        self._pool = pool
        self._effects = effects
        self._on_commit = on_commit
        self._log = telemetry.logger(f"redrive.{name}")

    async def asked(self, owns: Callable[[str, int], bool]) -> list[tuple[str, str]]:
        """Topics and keys that an operator asked for and that this process owns, the first asked first."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(SQL["keys_to_redrive"], self._name)
        return [(row["topic"], row["key"]) for row in rows if owns(row["topic"], row["partition"])]

    async def next_of(self, topic: str, key: str) -> bool:
        """Replays the oldest parked event of a key; False when there is none left or it failed again."""
        async with self._pool.acquire() as connection, connection.transaction():
            wanted = await connection.fetchval(SQL["lock_parked_key"], self._name, topic, key)
            if not wanted:
                return False
            row = await connection.fetchrow(SQL["next_parked"], self._name, topic, key)
            if row is None:
                await connection.execute(SQL["free_key"], self._name, topic, key)
                return False
            record = Record(
                topic, row["partition"], row["position"], key.encode(), row["raw"], row["parked_at"]
            )
            failure = await self._replay(connection, read(record))
            if failure is None:
                await connection.execute(SQL["release_parked"], row["id"])
            else:
                again = (self._name, topic, key, row["id"], failure.reason, failure.detail)
                await connection.execute(SQL["failed_again"], *again)
        if failure is None:
            self._on_commit()
        return failure is None

    async def _replay(self, tx: Connection, item: Event | Parked | Skip) -> Parked | None:
        """The effect of one parked event, or why it parks again."""
        if isinstance(item, Skip):
            return None
        if isinstance(item, Parked):
            return item
        try:
            async with tx.transaction():
                known, _ = await self._effects.lookup(tx, [item])
                result = await self._effects.handle(tx, [item], known, set())
                if result.parked:
                    return result.parked[0]
                await self._effects.finish(tx, result)
        except Exception as error:
            if is_infrastructure(error):
                raise
            found = culprit(item, error)
            self._log.error("event cannot be processed", reason=found.reason, exc_info=error)
            return found
        self._effects.count(result)
        return None
