"""A line of credentials under load, and a count of what became of them that shares no code with the services.

*Lost*: accepted by the issuer's API, and without its one effect somewhere. *Doubled*: two effects of one.
*Phantom*: an effect of nothing accepted. *Reordered*: a version goes down within a key. *Stuck*: something
still waits.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from house import House, Person, credential_of, until
from listening import Listener
from university import University, issuing, recognising


@dataclass(frozen=True, slots=True)
class Line:
    """A course of one university that another one decides about, and an office that gets a webhook of it."""

    house: House
    issuer: University
    recogniser: University
    course: str
    rule: str
    office: Person
    endpoint: str
    receiver: Listener


def lay(house: House, receiver: Listener) -> Line:
    """A new line, ready to be used."""
    issuer, recogniser = issuing(house), recognising(house, "elbowo")
    recogniser.trusts(issuer)
    course = issuer.describes(f"LIS-{uuid4().hex[:10]}")
    rule = recogniser.looks_at(course, issuer)
    office = house.person("portolan-enic.subscriber")
    country = recogniser.country
    house.person("operator").done("notifier", "/grants", {"tenant": office.tenant, "country": country})
    wanted = {"name": course, "countries": [country]}
    subscription = office.done("notifier", "/subscriptions", wanted)["id"]
    hook = {"subscription": subscription, "url": f"{receiver.url}/{course}"}
    endpoint = office.done("notifier", "/endpoints", hook)["id"]
    issuer.person("issuer")  # signed in before anything dies
    return Line(house, issuer, recogniser, course, rule, office, endpoint, receiver)


@dataclass
class Load:
    """Issues as long as it runs, as a campus system would: what was not answered is repeated with its key."""

    line: Line
    pause: float = 0.03
    accepted: dict[str, str] = field(default_factory=dict)
    """Credential ids by external id."""
    refused: list[str] = field(default_factory=list)
    repeats: int = 0
    _done: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Load:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join(90)
            assert not self._thread.is_alive(), "the last request was never answered"

    def grow(self, more: int, seconds: float = 60) -> None:
        """Returns when so many more were accepted."""
        goal = len(self.accepted) + more
        until(lambda: len(self.accepted) >= goal or bool(self.refused), f"{more} more accepted", seconds)

    def _run(self) -> None:
        with httpx.Client(timeout=10, trust_env=False) as http:
            while not self._done.is_set():
                award = self.line.issuer.award(self.line.course)
                answer = self._insist(http, award)
                if answer.status_code in (200, 201):
                    self.accepted[award["external_id"]] = answer.json()["credential_id"]
                else:
                    self.refused.append(answer.text)
                time.sleep(self.pause)

    def _insist(self, http: httpx.Client, award: Mapping[str, Any]) -> httpx.Response:
        token = self.line.issuer.person("issuer").token
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        url = self.line.house.address("issuer") + "/credentials"
        while True:
            try:
                answer = http.post(url, json=award, headers=headers)
                if answer.status_code < 500 and answer.status_code != 409:
                    return answer
            except httpx.TransportError:
                pass
            self.repeats += 1
            time.sleep(0.1)


def settle(load: Load, seconds: float = 90) -> None:
    """Waits until nothing is on its way any more."""
    house, line = load.line.house, load.line
    many = len(load.accepted)

    def still() -> dict[str, int]:
        decided = "select count(*) from recognition.request where rule = $1 and state = 'anticipated'"
        pending = "select count(*) from notifier.delivery where endpoint = $1 and state = 'pending'"
        return {
            "issuer.outbox": house.value("select count(*) from issuer.outbox"),
            "undecided": many - house.value(decided, line.rule),
            "recognition.outbox": house.value("select count(*) from recognition.outbox"),
            "not in the feed": 2 * many - len(_fed(line)),
            "webhooks": house.value(pending, line.endpoint),
        }

    deadline = time.monotonic() + seconds
    while any(still().values()):
        assert time.monotonic() < deadline, f"stuck: {still()}"
        time.sleep(0.3)


def count(load: Load) -> str:
    """Holds everything against what was accepted; answers a line for people."""
    house, line = load.line.house, load.line
    assert load.refused == []
    accepted = set(load.accepted.values())
    assert len(accepted) == len(load.accepted), "one credential was answered for two rows"
    kept = house.sql("select id from issuer.credential where component = $1", line.course)
    _same({f"urn:uuid:{row['id']}" for row in kept}, accepted, "issuer.credential")
    assert len(kept) == len(accepted), "doubled in issuer.credential"

    events = house.events("mutua.credential", "mutua.recognition")
    ours = [event for event in events if credential_of(event) in accepted]
    by_type: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for event in {event["id"]: event for event in ours}.values():
        by_type[event["type"].split(".")[3]][event["data"]["credential_id"]] += 1
    assert set(by_type) == {"issued", "requested", "decided"}
    for name, found in by_type.items():
        _same(set(found), accepted, f"events {name}")
        assert set(found.values()) == {1}, f"doubled: events {name}"
    assert _reordered(ours) == []

    rows = house.sql(
        "select q.credential, count(r.id) as records from recognition.request q"
        " left join recognition.record r on r.request = q.id where q.rule = $1 group by q.id",
        line.rule,
    )
    _same({row["credential"] for row in rows}, accepted, "recognition.request")
    assert {row["records"] for row in rows} == {1}, "lost or doubled in recognition.record"
    assert len(rows) == len(accepted), "doubled in recognition.request"

    expected = {event["id"] for event in ours if ".recognition." in event["type"]}
    _same(_fed(line), expected, "notifier.feed")
    hooks = [sent.headers["webhook-id"] for sent in line.receiver.sent(f"/{line.course}")]
    _same(set(hooks), expected, "webhooks")
    repeated = len(ours) - len({event["id"] for event in ours})
    return (
        f"{len(accepted)} issued, each decided, fed and told once; repeats: {load.repeats} requests,"
        f" {repeated} records on the wire, {len(hooks) - len(expected)} webhooks"
    )


def _same(found: set[str], expected: set[str], where: str) -> None:
    lost, phantom = expected - found, found - expected
    assert not lost, f"lost in {where}: {len(lost)}, e.g. {sorted(lost)[:3]}"
    assert not phantom, f"phantom in {where}: {len(phantom)}, e.g. {sorted(phantom)[:3]}"


def _fed(line: Line) -> set[str]:
    """Ids of the events of this line in the notifier's feed, which holds each once by its primary key."""
    rows = line.house.sql("select payload from notifier.feed where recogniser = $1", line.recogniser.id)
    known = {
        row["credential"]
        for row in line.house.sql("select credential from recognition.request where rule = $1", line.rule)
    }
    events = [json.loads(row["payload"]) for row in rows]
    return {event["id"] for event in events if event["data"]["credential_id"] in known}


def _reordered(events: list[dict[str, Any]]) -> list[str]:
    """Keys whose versions go down; repeats are set aside."""
    seen: set[str] = set()
    last: defaultdict[str, int] = defaultdict(int)
    wrong: list[str] = []
    for event in events:
        if event["id"] in seen:
            continue
        seen.add(event["id"])
        place = f"{event['type'].split('.')[2]} {event['partitionkey']}"
        if event["sequence"] < last[place]:
            wrong.append(f"{place}: {event['sequence']} after {last[place]}")
        last[place] = max(last[place], event["sequence"])
    return wrong
