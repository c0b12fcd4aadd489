"""The notifier's one handler: events of recognition go to the end of the feed and to the endpoints'
queues."""

from collections.abc import Callable, Sequence

from mutua_kernel.database import Connection
from mutua_kernel.events import Done, Event, Handler, Outcome, Skip
from mutua_notifier import store
from mutua_notifier.events import feed_row


def feed_handler(on_append: Callable[[], None]) -> Handler:
    """The handler; `on_append` wakes whoever sends webhooks."""

    async def handle(tx: Connection, events: Sequence[Event]) -> Sequence[Outcome]:
        rows = [feed_row(event) for event in events]
        await store.append(tx, [row for row in rows if row is not None])
        on_append()
        return [Done() if row is not None else Skip("not_about_a_request") for row in rows]

    return handle
