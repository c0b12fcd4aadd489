"""Publishing: the kernel's relay against bare aiokafka with record batches of its own, the same bytes.

Bare: the rows are in memory, 500 at a time are put into one batch a partition by the usual hash of the key,
sent, and awaited; idempotent, `acks=all`, one batch in flight a partition. The relay does that and takes
the rows from the outbox, in order, and deletes them after the acknowledgement. Its clock runs from the
commit of the rows until the last one is gone.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from mutua_contracts import topic_name
from mutua_contracts.ids import effect_id
from mutua_kernel import metrics, outbox
from mutua_kernel.outbox import Outgoing
from mutua_kernel.relay import Relay, RelaySettings, Wakeup
from tests.bench.events import Written
from tests.bench.report import Ratio, Report, Sample, alternate
from tests.bench.servers import Servers
from tests.bench.worker import BATCH, empty

TOPIC = "mutua.recognition"
BARE = "bare produce with own record batches"
RELAY = "kernel: relay (take, produce, delete)"
RATIOS = (Ratio(RELAY, BARE, "relay: outbox to broker in order / bare produce with own batches", 0.6),)


class Bare:
    """A producer that knows nothing of a database."""

    def __init__(self, servers: Servers, written: Sequence[Written]) -> None:
        self._topic = topic_name(servers.namespace, TOPIC)
        self._bootstrap = servers.broker.bootstrap
        self._written = [(key.encode(), raw) for key, raw in written]

    async def measure(self) -> Sample:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            acks="all",
            max_batch_size=1_000_000,
            max_request_size=1_100_000,
        )
        await producer.start()
        partitions = sorted(await producer.partitions_for(self._topic))
        began, cpu = time.perf_counter(), time.process_time()
        for start in range(0, len(self._written), BATCH):
            await self._send(producer, partitions, self._written[start : start + BATCH])
        sample = Sample(len(self._written), time.perf_counter() - began, time.process_time() - cpu)
        await producer.stop()
        return sample

    async def _send(
        self, producer: AIOKafkaProducer, partitions: list[int], rows: Sequence[tuple[bytes, bytes]]
    ) -> None:
        choose = DefaultPartitioner()
        lanes: defaultdict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
        for row in rows:
            lanes[choose(row[0], partitions, partitions)].append(row)
        acknowledgements = []
        for partition, lane in lanes.items():
            builder = producer.create_batch()
            for key, raw in lane:
                assert builder.append(key=key, value=raw, timestamp=None) is not None
            builder.close()
            acknowledgements.append(await producer.send_batch(builder, self._topic, partition=partition))
        await asyncio.gather(*acknowledgements)


class Relayed:
    """The kernel's relay, leading already; the rows are committed at once."""

    def __init__(self, servers: Servers, written: Sequence[Written]) -> None:
        self._servers = servers
        self._rows = [
            Outgoing(0, TOPIC, key, effect_id(key, str(number)), "bench", raw, None)
            for number, (key, raw) in enumerate(written)
        ]
        self._settings = RelaySettings(servers.broker.bootstrap, servers.namespace, "bench-relay")

    async def measure(self) -> Sample:
        await empty(self._servers)
        wakeup = Wakeup()
        relay = Relay(self._servers.worker_url, self._settings, shard=0, wakeup=wakeup)
        running = asyncio.create_task(relay.run())
        connection = await asyncpg.connect(self._servers.worker_url)
        while not relay.leading:
            await asyncio.sleep(0.01)
        transaction = connection.transaction()
        await transaction.start()
        for start in range(0, len(self._rows), 2000):
            await outbox.write(connection, self._rows[start : start + 2000])
        goal = published() + len(self._rows)
        began, cpu = time.perf_counter(), time.process_time()
        await transaction.commit()
        wakeup.set()
        while published() < goal:
            await asyncio.sleep(0.002)
        sample = Sample(len(self._rows), time.perf_counter() - began, time.process_time() - cpu)
        await connection.close()
        relay.stop()
        await running
        return sample


def published() -> float:
    """How many facts this process has published."""
    (family,) = metrics.RELAY_PUBLISHED.collect()
    return next((s.value for s in family.samples if s.labels == {"topic": TOPIC}), 0.0)


async def run(servers: Servers, written: Sequence[Written], report: Report, alternations: int) -> None:
    """Measures both and adds what was found to `report`."""
    candidates = {
        BARE: Bare(servers, written).measure,
        RELAY: Relayed(servers, written).measure,
    }
    report.add(await alternate("relay", candidates, alternations), RATIOS)
