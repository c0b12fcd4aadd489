"""The account at the end: what the office received, what became of everything, how long it took.

All numbers come from the APIs and from the events' own times; none is what the demo itself expects.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from mutua_contracts.topics import TOPICS, topic_name
from mutua_local.demo.broken import PromiseBroken, check, wait_for
from mutua_local.demo.cast import COURSES, OFFICE, OFFICE_COUNTRY
from mutua_local.demo.story import NAMES, Json, Story
from mutua_local.demo.teller import table
from mutua_local.demo.watching import STATES, TITLES, Counts, counted
from mutua_local.services import Surroundings

FEED = "/feeds/recognition"
SECONDS = 60.0
READ_SECONDS = 30.0


def office_received(story: Story) -> None:
    """The feed and the webhooks of the office: the same events, genuine, of its country only."""
    teller = story.teller
    teller.chapter("What the office received")
    feed = wait_for(
        "the feed holds every decision of the office's country",
        lambda: _complete_feed(story),
        seconds=SECONDS,
        pause=0.25,
        found=lambda: f"{len(_feed(story))} events, decisions of {len(_decided(_feed(story)))} requests",
    )
    wait_for(
        "every event of the feed is delivered",
        lambda: set(feed) <= set(story.receiver.events) or None,
        seconds=SECONDS,
        found=lambda: f"{len(set(feed) & set(story.receiver.events))} of {len(feed)}",
    )
    feed = _feed(story)
    kinds = Counter(event["type"].removeprefix("eu.mutua.") for event in feed.values())
    shown = table("event", "received", right=("received",))
    for kind, number in sorted(kinds.items()):
        shown.add_row(kind, str(number))
    teller.show(shown)
    teller.gap()
    countries = sorted({event["data"]["country"] for event in story.receiver.events.values()})
    check("the office sees its country only", countries, [OFFICE_COUNTRY])
    check("webhooks and feed hold the same events", set(story.receiver.events) <= set(feed), True)
    check("every delivery is genuine", story.receiver.refused, 0)
    check("a forged delivery is refused", story.receiver.refuses_a_forgery(), True)
    issuers = Counter(NAMES.get(event["data"]["issuer"], "?") for event in feed.values())
    teller.say(
        "About credentials of " + ", ".join(f"{name} ({n})" for name, n in issuers.most_common()) + "."
    )
    teller.held(f"{len(feed)} webhooks, every signature checked; with one byte changed it is refused")
    teller.held("the feed holds the same events, for who was away")
    elsewhere = story.caller(OFFICE, "subscriber").ask("GET", "notifier", FEED, country="DE")
    check("nothing of another country", elsewhere.json(), [])
    teller.held(f"all of them are of recognisers in {OFFICE_COUNTRY}; asking for DE gives nothing")
    story.summary["office"] = {
        "received": len(story.receiver.events),
        "feed": len(feed),
        "countries": countries,
        "refused": story.receiver.refused,
        "forgery_refused": True,
    }


def _complete_feed(story: Story) -> dict[str, Any] | None:
    """The office's events by id, once they hold every decision of its country's recognisers."""
    events = _feed(story)
    ours = [one.id for one in story.cast.values() if one.country == OFFICE_COUNTRY]
    expected = sum(counted(story).of(who, "decided") for who in ours)
    return events if len(_decided(events)) == expected else None


def _decided(events: dict[str, Any]) -> set[str]:
    """Requests that something was decided about."""
    decisions = (one for one in events.values() if one["type"].startswith("eu.mutua.recognition.decided."))
    return {one["data"]["request_id"] for one in decisions}


def _feed(story: Story) -> dict[str, Any]:
    office = story.caller(OFFICE, "subscriber")
    events: dict[str, Any] = {}
    after = "0"
    while True:
        answer = office.ask("GET", "notifier", FEED, after=after, limit=1000)
        batch = answer.json()
        if not batch:
            return events
        events |= {event["id"]: event for event in batch}
        after = answer.headers["Mutua-Cursor"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from `credential.issued` to the machine's decision by standing rule."""

    measured: int
    p50: float
    p99: float


def closing(story: Story) -> None:
    """The counts, and how long it took."""
    teller = story.teller
    teller.chapter("The account")
    issued = _issued(story)
    counts = counted(story)
    asked = _requests_by_credential(story, counts)
    parked = _parked(story)
    waiting = {one["key"] for one in parked if one["topic"].endswith("mutua.credential")}
    lost = len(issued) - len(issued & asked.keys()) - counts.without_request - len(issued & waiting)
    by_state = {kind: counts.of(None, kind) for kind in STATES if kind != "waiting"}
    check("every request is settled", counts.settled, True)
    check(
        "requests = decided + in review + information asked + inadmissible + asleep",
        sum(by_state.values()),
        sum(asked.values()),
    )
    _show(story, len(issued), counts, by_state, len(issued & asked.keys()), len(parked), lost)
    check("nothing is lost", lost, 0)
    found = asyncio.run(latency(story.desk.around))
    teller.gap()
    teller.held("nothing lost: every credential issued is asked for, known without a rule, or parked")
    teller.say(
        f"From issued to decided, by the events' own times: half within {found.p50 * 1000:.0f} ms, "
        f"99 % within {found.p99 * 1000:.0f} ms ({found.measured} decisions)."
    )
    story.summary |= {
        "issued": len(issued),
        "requests": {"total": sum(asked.values()), **by_state},
        "without_rule": counts.without_request,
        "parked": len(parked),
        "lost": lost,
        "latency_ms": {
            "measured": found.measured,
            "p50": round(found.p50 * 1000, 1),
            "p99": round(found.p99 * 1000, 1),
        },
    }


def _issued(story: Story) -> set[str]:
    """Everything that the issuers have issued, as they list it."""
    return {
        one["credential_id"]
        for short in dict.fromkeys(course.issuer for course in COURSES)
        for one in story.caller(short, "issuer").pages("issuer", "/credentials")
    }


def _requests_by_credential(story: Story, counts: Counts) -> Counter[str]:
    """How many requests each credential has, as the recognisers themselves list them."""
    asked: Counter[str] = Counter()
    for short, one in story.cast.items():
        listed = story.caller(short, "evaluator").pages("recognition", "/requests")
        check(f"{one.name} lists as many requests as the operator counts", len(listed), counts.total(one.id))
        asked.update(request["credential"] for request in listed)
    return asked


def _parked(story: Story) -> list[Json]:
    """Events that wait in the park of any service with an API."""
    return [
        event
        for service in ("issuer", "recognition", "notifier")
        for event in story.operator.pages(service, "/operations/parked")
    ]


def _show(
    story: Story, issued: int, counts: Counts, by_state: dict[str, int], asked: int, parked: int, lost: int
) -> None:
    shown = table("credentials", "", "requests", "", right=("",))
    left = [
        ("issued", issued),
        ("with a request", asked),
        ("nobody asks for", counts.without_request),
        ("events parked", parked),
        ("lost", lost),
    ]
    right = [("made", sum(by_state.values())), *((TITLES[kind], n) for kind, n in by_state.items())]
    for place in range(max(len(left), len(right))):
        cells = [*left[place]] if place < len(left) else ["", ""]
        cells += [*right[place]] if place < len(right) else ["", ""]
        shown.add_row(*(str(cell) for cell in cells))
    story.teller.show(shown)


async def latency(around: Surroundings) -> Latency:
    """Read from the topics: the times of `credential.issued`, and of first decisions by standing rule."""
    issued: dict[str, datetime] = {}
    by_rule: set[str] = set()
    decided: list[tuple[str, str, datetime]] = []
    async for event in _events(around, ("mutua.credential", "mutua.recognition")):
        data, at = event["data"], datetime.fromisoformat(event["time"])
        match event["type"].removeprefix("eu.mutua."):
            case "credential.issued.v1":
                issued[data["credential_id"]] = at
            case "recognition.requested.v1" if data["origin"] == "standing_rule":
                by_rule.add(data["request_id"])
            case "recognition.decided.v1" if data["decided_by"] == "machine" and data["sequence"] == 1:
                decided.append((data["request_id"], data["credential_id"], at))
            case _:
                pass
    seconds = sorted(
        (at - issued[credential]).total_seconds() for request, credential, at in decided if request in by_rule
    )
    if not seconds:
        raise PromiseBroken("decisions by standing rule", found="none", expected="some")
    return Latency(len(seconds), _quantile(seconds, 0.5), _quantile(seconds, 0.99))


def _quantile(ordered: list[float], share: float) -> float:
    """The smallest value that is not exceeded by this share."""
    return ordered[max(math.ceil(len(ordered) * share) - 1, 0)]


async def _events(around: Surroundings, names: tuple[str, ...]) -> AsyncIterator[Json]:
    """All events of these topics so far; partition by partition in order."""
    partitions = {topic.name: topic.partitions for topic in TOPICS}
    assigned = [
        TopicPartition(topic_name(around.namespace, name), number)
        for name in names
        for number in range(partitions[name])
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=around.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(assigned)
        await consumer.seek_to_beginning()
        left = {one: end for one, end in (await consumer.end_offsets(assigned)).items() if end > 0}
        async with asyncio.timeout(READ_SECONDS):
            while left:
                for records in (await consumer.getmany(*left, timeout_ms=500)).values():
                    for record in records:
                        if record.value is not None:
                            yield json.loads(record.value)
                for one in [one for one in left if await consumer.position(one) >= left[one]]:
                    del left[one]
    finally:
        await consumer.stop()
