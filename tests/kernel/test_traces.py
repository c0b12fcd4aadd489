"""One trace from a request over HTTP through outbox, relay and consumer to the next fact, whatever dies."""

import asyncio
import signal
from collections.abc import Callable

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from ledger.neighbours import Neighbours
from ledger.processes import Process
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from mutua_contracts import decode, topic_name
from mutua_kernel import telemetry
from mutua_kernel.database import Pool
from mutua_local.broker import Broker
from mutua_local.roles import Database

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


async def records(broker: Broker, topic: str, count: int) -> list[bytes]:
    """The first `count` values of a topic."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: list[bytes] = []
    try:
        async with asyncio.timeout(30):
            while len(found) < count:
                part = await consumer.getmany(timeout_ms=100)
                found += [record.value for values in part.values() for record in values]
    finally:
        await consumer.stop()
    return found


@pytest.mark.servers
@pytest.mark.kafka
async def test_one_trace_leads_from_the_request_to_the_next_fact_across_a_relay_that_is_killed(
    start: Callable[..., Process],
    neighbours: Neighbours,
    ledger: Database,
    pool: Pool,
    kafka_broker: Broker,
    namespace: str,
) -> None:
    issuers = f'["{neighbours.address}"]'
    api = start("api", otlp_endpoint=neighbours.address, oidc_issuers=issuers).until_ready()
    headers = {
        **neighbours.bearer("DEQARINST7105", "issuer"),
        "Idempotency-Key": "one",
        "traceparent": PARENT,
    }
    body = {"key": "a", "sequence": 1}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{api.address}/facts", json=body, headers=headers)
    assert answer.status_code == 201, answer.text

    # The relay publishes, cannot delete what it published, and is killed.
    holder = await asyncpg.connect(ledger.url("issuer_worker"))
    held = holder.transaction()
    await held.start()
    await holder.execute("select 1 from outbox for update")
    worker = start("worker", otlp_endpoint=neighbours.address, instance="1")
    (first,) = await records(kafka_broker, topic_name(namespace, "mutua.credential"), 1)
    worker.kill()
    await held.rollback()
    await holder.close()

    worker = start("worker", otlp_endpoint=neighbours.address, instance="1")
    (second,) = await records(kafka_broker, topic_name(namespace, "mutua.recognition"), 1)
    assert decode(first).traceparent is not None
    assert telemetry.remote_context(decode(first).traceparent).trace_id == int(TRACE, 16)
    assert telemetry.remote_context(decode(second).traceparent).trace_id == int(TRACE, 16)
    assert await pool.fetchval("select count(*) from ledger_entry") == 1
    for process in (worker, api):
        process.signal(signal.SIGTERM)
        assert process.wait(20) == 0  # what is left of the traces is sent
    assert {"POST /facts", "send outbox", "process ledger"} <= neighbours.names_in(TRACE)
    everything = b"".join(span.SerializeToString() for span in neighbours.spans)
    for content in (b"DEQARINST7105", b"urn:uuid:", b"sd-jwt"):
        assert content not in everything


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = TracerProvider()
    monkeypatch.setattr(telemetry, "tracer", lambda: provider.get_tracer("test"))


def test_a_batch_with_one_trace_is_a_part_of_it_and_with_several_is_linked_to_them(recording: None) -> None:
    other = f"00-{'1' * 32}-{'2' * 16}-01"
    with telemetry.batch_span("one", [PARENT, None, PARENT]) as span:
        assert f"{span.get_span_context().trace_id:032x}" == TRACE
        child = telemetry.child_traceparent(PARENT)
        assert child is not None
        assert child.split("-")[1] == TRACE
        assert child.split("-")[2] == f"{span.get_span_context().span_id:016x}"
    with telemetry.batch_span("several", [PARENT, other]) as span:
        assert f"{span.get_span_context().trace_id:032x}" not in (TRACE, "1" * 32)
        assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE, "1" * 32]
        assert telemetry.child_traceparent(other) == other
    assert telemetry.child_traceparent(None) is None


def test_a_span_tells_of_an_error_its_kind_only(recording: None) -> None:
    with pytest.raises(ValueError, match="name"), telemetry.span("broken") as span:
        raise ValueError("a learner's name")
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description == "ValueError"
    assert span.events == ()
