"""Bad input on the bus, written there by a raw producer: parked with its reason or inadmissible, and nothing
beside it suffers. `mutua parked` shows it and has it handled again once the cause is mended.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from house import House, until
from university import University, issuing, recognising

pytestmark = pytest.mark.servers

Headers = Sequence[tuple[str, bytes]]
Raw = tuple[bytes | None, bytes | None, Headers]
"""Key, value and headers of a record."""


@pytest.fixture(scope="module")
def issuer(house: House) -> University:
    return issuing(house)


@pytest.fixture(scope="module")
def recogniser(house: House) -> University:
    return recognising(house, "corvelo")


@pytest.fixture
def course(issuer: University, recogniser: University) -> Iterator[str]:
    """A course that the recogniser trusts and looks at."""
    recogniser.trusts(issuer)
    made = issuer.describes(f"LIS-{uuid4().hex[:10]}")
    recogniser.looks_at(made, issuer)
    yield made
    recogniser.trusts_nobody()


def publish(house: House, topic: str, *records: Raw) -> None:
    """Writes records as they are: no encoder of ours, no check."""

    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=house.around.bootstrap, max_request_size=2**20)
        await producer.start()
        try:
            for key, value, headers in records:
                await producer.send(house.topic(topic), value, key=key, headers=headers)
            await producer.flush()
        finally:
            await producer.stop()

    asyncio.run(send())


def event(key: str, **changes: Any) -> dict[str, Any]:
    """An event as the issuer writes it, with changes to its members."""
    made = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "urn:mutua:issuer",
        "type": "eu.mutua.credential.issued.v1",
        "subject": key,
        "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "partitionkey": key,
        "sequence": 1,
        "tenant": "DEQARINST7105",
        "data": {
            "credential_id": key,
            "issuer": "DEQARINST7105",
            "awarding_body": "DEQARINST7105",
            "country": "NO",
            "format": "sd-jwt-vc",
            "credential": "e30.e30.e30~",
            "digest": "sha256:" + "0" * 64,
            "award_date": "2026-06-01",
            "issued_at": "2026-06-01T00:00:00Z",
        },
    }
    return {**made, **changes}


def raw(value: Any, key: str | None, headers: Headers = ()) -> Raw:
    body = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    return (key.encode() if key is not None else None, body, headers)


def parked_in(house: House, service: str) -> list[dict[str, Any]]:
    """What waits in the park of a service, page by page."""
    operator = house.person("operator")
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = operator.seen(service, "/operations/parked", after=after, limit=500)
        found += page["events"]
        after = page["next"]
    return found


def mutua(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, as an operator runs it."""
    command = [sys.executable, "-m", "mutua_cli.main", *arguments, "--data", str(house.path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def poison() -> dict[str, tuple[Raw, str]]:
    """Records that are no events of ours: the key under which they park, the record, the reason."""
    keys = [f"urn:uuid:{uuid4()}" for _ in range(14)]
    a, b, c, d, e, f, g, h, i, j, k, l, m, n = keys  # noqa: E741
    other = f"urn:uuid:{uuid4()}"
    secret = "Ŷgm-who-must-not-be-told"
    return {
        a: (raw(b'{"specversion": "1.0", "subject": "' + secret.encode(), a), "undecodable"),
        b: (raw(b"\xff\xfe\x00", b), "undecodable"),
        c: (raw([1, 2], c), "malformed"),
        d: (raw(b"null", d), "malformed"),
        e: (raw(event(e, type="eu.mutua.credential.issued.v9"), e), "unknown_version"),
        f: (raw(event(f, type="eu.mutua.credential.vanished.v1"), f), "unknown_type"),
        g: (raw(event(g, type=7), g), "malformed"),
        h: (raw(event(h, data={**event(h)["data"], "credential": "x" * 600_000}), h), "too_large"),
        i: (raw(event(i, data={"credential_id": secret}), i), "malformed"),
        j: (raw(event(j, tenant="a\0b"), j), "malformed"),
        k: (raw(event(other), k), "misplaced"),
        l: (raw(event(other), None), "misplaced"),
        m: (raw(event(m, data={**event(m)["data"], "credential_id": other}), m), "misaddressed"),
        n: (raw(event(n, time="yesterday"), n), "malformed"),
    }


def test_what_is_no_event_parks_with_its_reason_and_neighbours_go_on(
    house: House, issuer: University, recogniser: University, course: str
) -> None:
    before = {one["id"] for one in parked_in(house, "recognition")}
    bad = poison()
    tombstone = raw(None, f"urn:uuid:{uuid4()}")
    odd_header = f"urn:uuid:{uuid4()}"
    first = [issuer.issues(course) for _ in range(3)]
    publish(
        house,
        "mutua.credential",
        tombstone,
        *(record for record, _ in bad.values()),
        raw(event(odd_header), odd_header, [("x", b"\xff\xfe"), ("content-type", b"\x00")]),
    )
    later = [issuer.issues(course) for _ in range(3)]
    for credential in (*first, *later):
        recogniser.settled(credential, "anticipated")

    def new() -> list[dict[str, Any]]:
        return [one for one in parked_in(house, "recognition") if one["id"] not in before]

    until(lambda: len(new()) >= len(bad), "everything bad is parked")
    parked = new()
    assert sorted(one["reason"] for one in parked) == sorted(reason for _, reason in bad.values())
    by_key = {one["key"]: one["reason"] for one in parked if not one["key"].startswith("misplaced:")}
    assert by_key == {key: reason for key, (_, reason) in bad.items() if reason != "misplaced"}
    for one in parked:
        assert "who-must-not-be-told" not in one["detail"], "no content in what is told"
        assert "expected" in one["detail"]
    for log in house.logs().values():
        assert "who-must-not-be-told" not in log
    known = house.value("select count(*) from recognition.credential where id = $1", odd_header)
    assert known == 1, "odd headers stop nothing"

    rows = house.sql(
        "select key, raw from recognition.parked_event where id = any($1)", [one["id"] for one in parked]
    )
    sent = {value for (_, value, _), _ in bad.values()}
    assert {bytes(row["raw"]) for row in rows} == sent, "nothing is lost: the bytes are kept as they came"


def test_bad_input_behind_recognition_does_not_stop_the_feed(
    house: House, issuer: University, recogniser: University, course: str
) -> None:
    before = {one["id"] for one in parked_in(house, "notifier")}
    key = str(uuid4())
    wrong = event(key, type="eu.mutua.recognition.decided.v1", data={"request_id": 1})
    publish(house, "mutua.recognition", raw(b"{", key), raw(wrong, str(uuid4())))
    credential = issuer.issues(course)
    request = recogniser.settled(credential, "anticipated")
    query = "select count(*) from notifier.feed where position($1 in payload) > 0"
    until(lambda: house.value(query, request["id"].encode()) == 2, "the neighbours are in the feed")

    def new() -> list[dict[str, Any]]:
        return [one for one in parked_in(house, "notifier") if one["id"] not in before]

    until(lambda: len(new()) == 2, "both are parked")
    assert sorted(one["reason"] for one in new()) == ["malformed", "undecodable"]


def test_a_tampered_credential_in_an_authentic_event_is_inadmissible_and_hidden(
    house: House, issuer: University, recogniser: University, course: str
) -> None:
    credential = issuer.issues(course)
    recogniser.settled(credential, "anticipated")
    (authentic,) = house.about(credential, "mutua.credential")
    header, payload, signature = authentic["data"]["credential"].split("~")[0].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    false_id = f"urn:uuid:{uuid4()}"
    text = json.dumps(claims).replace(credential, false_id).replace('"5"', '"30"')
    assert text != json.dumps(claims)
    forged = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    data = {
        **authentic["data"],
        "credential_id": false_id,
        "credential": f"{header}.{forged}.{signature}~",
    }
    told = {**authentic, "id": str(uuid4()), "partitionkey": false_id, "subject": false_id, "data": data}
    publish(house, "mutua.credential", raw(told, false_id))

    request = recogniser.settled(false_id, "inadmissible")
    record = recogniser.record(request)
    assert record["content"]["outcome"]["code"] == "INADMISSIBLE"
    assert record["content"]["deciding_stage"] == "S1"
    results = {one["stage"]: one["result"] for one in record["content"]["stages"]}
    assert results["S1"] == "FAIL"
    assert {results[stage] for stage in ("S2", "S4", "S5", "S6", "S7")} == {"NOT_EVALUATED"}
    assert "Data literacy" not in json.dumps(record), "the content of what nobody signed stays hidden"
    types = {one["type"] for one in house.about(false_id, "mutua.recognition")}
    assert types == {"eu.mutua.recognition.requested.v1", "eu.mutua.recognition.inadmissible.v1"}
    assert recogniser.request_of(credential)["state"] == "anticipated", "the true one stands"  # type: ignore[index]


def test_what_was_parked_is_handled_in_order_once_the_cause_is_mended(
    house: House, issuer: University, recogniser: University, course: str
) -> None:
    house.sql(
        "alter table recognition.credential add constraint not_this_course"
        f" check (component is distinct from '{course}') not valid"
    )
    try:
        credential = issuer.issues(course)
        until(lambda: mine(house, credential), "the event that the table refuses is parked")
        (authentic,) = house.about(credential, "mutua.credential")
        publish(house, "mutua.credential", raw({**authentic, "id": str(uuid4()), "sequence": 2}, credential))
        until(lambda: len(mine(house, credential)) == 2, "the next event of the key waits behind it")
        assert [one["reason"] for one in mine(house, credential)] == ["data:23514", "behind"]

        neighbour = issuer.describes(f"LIS-{uuid4().hex[:10]}")
        recogniser.looks_at(neighbour, issuer)
        recogniser.settled(issuer.issues(neighbour), "anticipated")

        listed = mutua(house, "parked", "ls", "recognition", "--key", credential)
        assert listed.returncode == 3, listed.stdout + listed.stderr
        assert "data:23514" in listed.stdout
        number = str(mine(house, credential)[0]["id"])
        shown = mutua(house, "parked", "show", "recognition", number)
        assert shown.returncode == 0, shown.stderr
        assert credential in shown.stdout

        asked = mutua(house, "parked", "redrive", "recognition", "--key", credential)
        assert asked.returncode == 0, asked.stderr
        until(lambda: mine(house, credential)[0]["attempts"] == 2, "it was tried, and it failed again")
        assert [one["reason"] for one in mine(house, credential)] == ["data:23514", "behind"]
    finally:
        house.sql("alter table recognition.credential drop constraint not_this_course")

    asked = mutua(house, "parked", "redrive", "recognition", "--key", credential)
    assert asked.returncode == 0, asked.stderr
    until(lambda: not mine(house, credential), "nothing of the key waits any more")
    recogniser.settled(credential, "anticipated")
    assert mutua(house, "parked", "ls", "recognition", "--key", credential).returncode == 0


def mine(house: House, key: str) -> list[dict[str, Any]]:
    """What of a key is parked at recognition."""
    return [one for one in parked_in(house, "recognition") if one["key"] == key]
