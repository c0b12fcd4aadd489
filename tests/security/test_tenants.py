"""What belongs to one organisation is not there for another: neither to read, nor to change, nor to guess."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from house import House, Person, until
from listening import Listener
from routes import NOBODY, problem
from university import universities

pytestmark = pytest.mark.servers


@dataclass(frozen=True, slots=True)
class Belongings:
    """What two universities have made: how to read it, how to change it, and words that tell of it."""

    reads: dict[tuple[str, str], str]
    """By service and path, the client that may read it."""
    writes: dict[tuple[str, str, str], Any]
    """By service, method and path, the body."""
    words: tuple[str, ...]


@pytest.fixture(scope="module")
def hooks() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


@pytest.fixture(scope="module")
def belongings(house: House, hooks: Listener) -> Belongings:
    names = universities(house)
    lisvik, owner = names["lisvik"], names["drimont"]
    lisvik.registers()
    owner.has_policy()
    owner.trusts_nobody()
    statement = owner.trusts(lisvik)
    course = lisvik.describes(f"LIS-{uuid4().hex[:10]}")
    rule = owner.looks_at(course, lisvik)
    subscriber = owner.person("subscriber")
    subscription = subscriber.done("notifier", "/subscriptions", {"name": f"ours {uuid4()}"})["id"]
    endpoint = subscriber.done(
        "notifier", "/endpoints", {"subscription": subscription, "url": f"{hooks.url}/ours"}
    )["id"]
    waiting = owner.person("coordinator").done(
        "recognition", "/statements", {"trustee": "DEQARINST7105", "assurance": 2, "depth": 1}
    )["id"]
    credential = lisvik.issues(course)
    request = owner.settled(credential, "anticipated")["id"]
    until(lambda: hooks.sent("/ours"), "a webhook of the owner")
    (delivery, *_) = subscriber.seen("notifier", f"/endpoints/{endpoint}/deliveries")
    decision = owner.settled(credential)["current"]["decision_id"]
    policy, mandate = f"{owner.id}:system", f"{owner.id}:automation"
    uuid = credential.removeprefix("urn:uuid:")
    evaluator = f"{owner.short}.evaluator"
    return Belongings(
        reads={
            ("issuer", f"/issuers/{lisvik.id}"): "lisvik.issuer",
            ("issuer", f"/components/{course}"): "lisvik.issuer",
            ("issuer", f"/credentials/{uuid}"): "lisvik.issuer",
            ("issuer", f"/credentials/{uuid}/holder-form"): "lisvik.issuer",
            ("recognition", f"/statements/{statement}"): evaluator,
            ("recognition", f"/policies/{policy}"): evaluator,
            ("recognition", f"/mandates/{mandate}"): evaluator,
            ("recognition", f"/standing-rules/{rule}"): evaluator,
            ("recognition", f"/proposals/{waiting}"): evaluator,
            ("recognition", f"/requests/{request}"): evaluator,
            ("recognition", f"/requests/{request}/records/1"): evaluator,
            ("recognition", f"/decisions/{decision}"): evaluator,
            ("notifier", f"/endpoints/{endpoint}"): f"{owner.short}.subscriber",
            ("notifier", f"/endpoints/{endpoint}/deliveries"): f"{owner.short}.subscriber",
            ("notifier", f"/deliveries/{delivery['id']}"): f"{owner.short}.subscriber",
        },
        writes={
            ("issuer", "PUT", f"/issuers/{lisvik.id}"): {"names": {"en": "Taken"}, "country": "NO"},
            ("issuer", "POST", f"/issuers/{lisvik.id}/keys"): {},
            ("recognition", "POST", f"/statements/{statement}/revoke"): {"reason": "OTHER"},
            ("recognition", "POST", f"/standing-rules/{rule}/end"): None,
            ("recognition", "POST", f"/proposals/{waiting}/sign"): None,
            ("recognition", "POST", f"/requests/{request}/settle"): {"action": "recognise", "sequence": 2},
            ("notifier", "DELETE", f"/subscriptions/{subscription}"): None,
            ("notifier", "DELETE", f"/endpoints/{endpoint}"): None,
            ("notifier", "POST", f"/deliveries/{delivery['id']}/resend"): None,
            ("notifier", "POST", "/endpoints"): {"subscription": subscription, "url": f"{hooks.url}/theirs"},
        },
        words=(
            credential,
            course,
            statement,
            rule,
            waiting,
            request,
            decision,
            endpoint,
            subscription,
            owner.id,
        ),
    )


@pytest.fixture(scope="module")
def neighbour(house: House) -> Person:
    """Somebody of an uninvolved university, with every role there is in one."""
    person = house.person("neighbour")
    person.done("notifier", "/subscriptions", {"name": "all that there is for us"})
    return person


def test_what_is_there_for_its_owner_is_not_there_for_others(
    house: House, belongings: Belongings, neighbour: Person
) -> None:
    for (service, path), owner in belongings.reads.items():
        house.person(owner).seen(service, path)
        answer = neighbour.get(service, path)
        assert answer.status_code == 404, f"{path}: {answer.status_code} {answer.text}"
        body = problem(answer, path)
        assert body["code"] == "not_found"
        assert not [word for word in belongings.words if word in answer.text], path


def test_no_list_shows_what_is_of_others(belongings: Belongings, neighbour: Person) -> None:
    lists = {
        "issuer": ("/components", "/credentials"),
        "recognition": (
            "/statements",
            "/policies",
            "/mandates",
            "/standing-rules",
            "/alliances",
            "/proposals",
            "/requests",
            "/reviews",
            "/trust/log",
        ),
        "notifier": ("/subscriptions", "/endpoints", "/feeds/recognition"),
    }
    for service, paths in lists.items():
        for path in paths:
            answer = neighbour.get(service, path)
            assert answer.status_code in (200, 404), f"{path}: {answer.text}"
            assert not [word for word in belongings.words if word in answer.text], path


def test_what_is_of_others_can_be_changed_by_nobody_else(
    house: House, belongings: Belongings, neighbour: Person
) -> None:
    def state() -> dict[str, str]:
        """Everything as its owners see it."""
        return {
            path: json.dumps(house.person(owner).seen(service, path))
            for (service, path), owner in belongings.reads.items()
        }

    before = state()
    for (service, method, path), body in belongings.writes.items():
        headers = {"Idempotency-Key": str(uuid4())}
        answer = neighbour.ask(service, method, path, json=body, headers=headers)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        assert problem(answer, path)["code"] == "not_found"
    assert state() == before


def test_an_answer_does_not_tell_what_exists(belongings: Belongings, neighbour: Person) -> None:
    """The same words for what belongs to others and for what is nowhere."""
    for service, path in belongings.reads:
        first, _, *rest = path.strip("/").split("/")
        theirs = neighbour.get(service, path)
        nobodys = neighbour.get(service, "/".join(["", first, NOBODY, *rest]))
        assert (theirs.status_code, theirs.text) == (nobodys.status_code, nobodys.text), path


def test_an_idempotency_key_belongs_to_one_organisation(house: House, neighbour: Person) -> None:
    """Whoever uses another's key gets an effect of their own, never the other's answer."""
    key = {"Idempotency-Key": f"shared-{uuid4()}"}
    body = {"name": "the same words"}
    mine = neighbour.post("notifier", "/subscriptions", body, headers=key)
    theirs = house.person("drimont.subscriber").post("notifier", "/subscriptions", body, headers=key)
    again = neighbour.post("notifier", "/subscriptions", body, headers=key)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]
    assert again.json() == mine.json()
    assert again.headers["idempotency-replayed"] == "true"


def test_the_roles_of_the_apis_see_one_tenant_only(house: House, belongings: Belongings) -> None:
    """The database holds to it too, should a route ever forget."""

    async def seen(role: str, schema: str, tenant: str | None) -> dict[str, int]:
        connection = await asyncpg.connect(house.around.database.url(role))
        try:
            if tenant is not None:
                await connection.execute("select set_config('app.tenant', $1, false)", tenant)
            tables = await connection.fetch(
                "select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " where n.nspname = $1 and c.relkind = 'r' and c.relrowsecurity"
                " and has_table_privilege(c.oid, 'select')",
                schema,
            )
            assert tables, f"{schema} has tables with row-level security that its API reads"
            return {
                row["name"]: await connection.fetchval(f'select count(*) from {schema}."{row["name"]}"')
                for row in tables
            }
        finally:
            await connection.close()

    for schema in ("issuer", "recognition", "notifier"):
        nobody = asyncio.run(seen(f"{schema}_api", schema, None))
        stranger = asyncio.run(seen(f"{schema}_api", schema, "DEQARINST0000"))
        shared = {name for name, count in nobody.items() if count}
        assert shared <= SHARED[schema], f"{schema}: {shared}"
        assert {name for name, count in stranger.items() if count} <= SHARED[schema]


SHARED = {"issuer": {"publication", "status_snapshot"}, "recognition": set[str](), "notifier": set[str]()}
"""Tables that everybody may read: what institutions publish."""
