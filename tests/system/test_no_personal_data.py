"""No personal data outside the vault: tell-tale learners are issued to, refused and presented, and then all
topics, tables, files, metrics and traces are searched for them, in every form.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from house import House, until
from searching import everywhere, files, find, tables, topics
from university import University, issuing, recognising

pytestmark = pytest.mark.servers


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody whose every detail would be known again anywhere."""

    given: str
    family: str
    born: str
    local: str
    esi: str
    grade: str
    row: str

    def values(self) -> list[str]:
        return [self.given, self.family, self.born, self.local, self.esi, self.grade, self.row]

    def award(self, component: str, **more: Any) -> dict[str, Any]:
        return {
            "external_id": self.row,
            "learner_id": self.local,
            "award": {
                "component": component,
                "date_of_issuing": "2026-06-20",
                "learner": {
                    "given_name": self.given,
                    "family_name": self.family,
                    "birth_date": self.born,
                    "identifiers": [{"scheme": "esi", "value": self.esi}],
                },
                "grade": {"value": self.grade, "scheme": "Local scale"},
                **more,
            },
        }


def learner(number: int) -> Learner:
    mark = uuid4().hex[:12]
    return Learner(
        given=f"Žŷgmünthé{mark}",
        family=f"Đørfšťáðr-{mark} 𝔗",
        born=f"{1911 + number}-11-29",
        local=f"{mark}.zz@campus.example",
        esi=f"urn:schac:personalUniqueCode:int:esi:univ-lisvik.example:{mark}",
        grade=f"Xq-{mark}-cum-laude",
        row=f"enrolment/{mark}/é",
    )


@pytest.fixture(scope="module")
def issuer(house: House) -> University:
    return issuing(house)


@pytest.fixture(scope="module")
def recogniser(house: House) -> University:
    return recognising(house, "drimont")


def test_nothing_of_a_learner_leaves_the_vault(
    house: House, issuer: University, recogniser: University
) -> None:
    course = issuer.describes(f"LIS-{uuid4().hex[:10]}")
    recogniser.trusts(issuer)
    recogniser.looks_at(course, issuer)
    people = [learner(number) for number in range(4)]
    clerk, evaluator = issuer.person("issuer"), recogniser.person("evaluator")

    issued = [clerk.done("issuer", "/credentials", one.award(course)) for one in people[:2]]
    batch = clerk.done("issuer", "/credentials/batch", {"rows": [people[2].award(course)]})
    credentials = [one["credential_id"] for one in (*issued, *batch["rows"])]
    for credential in credentials:
        recogniser.settled(credential, "anticipated")
    form = issuer.holder_form(credentials[0])
    shown = base64.b64decode("".join(one + "==" for one in form.split("~")[1:2]), altchars=b"-_")
    assert len(form.split("~")) > 5, f"the holder's form discloses: {shown!r}"
    taken = evaluator.post("recognition", "/requests", {"credential": form, "purpose": "CREDIT"})
    assert taken.status_code == 200, taken.text
    assert clerk.seen("issuer", f"/credentials/{credentials[0].removeprefix('urn:uuid:')}")["learner_id"]

    # What is wrong must not be repeated anywhere either.
    odd = people[3]
    wrong = clerk.post("issuer", "/credentials", odd.award(course, date_of_issuing="2026-13-45"))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_credential")
    assert clerk.post("issuer", "/credentials", {odd.given: odd.family}).status_code == 422
    assert clerk.post("issuer", f"/{odd.local}", {"name": odd.family}).status_code == 404
    assert clerk.get("issuer", f"/credentials/{odd.local}").status_code == 422
    assert clerk.get("issuer", "/credentials", component=odd.local).status_code == 200
    assert evaluator.get("recognition", "/requests", after=odd.local).status_code == 422
    clear = {"credential_id": odd.local, "purpose": odd.family}
    assert evaluator.post("recognition", "/requests", clear).status_code == 422
    for answer in (wrong, evaluator.post("recognition", "/requests", clear)):
        assert not find(odd.values(), [("the answer", answer.content)])

    until(lambda: house.value("select count(*) from issuer.outbox") == 0, "everything published")
    assert find([value for one in people for value in one.values()], everywhere(house)) == []


def test_the_issued_form_holds_what_was_searched_for(issuer: University) -> None:
    """The values were there to be found: the holder's form has all of them."""
    course = issuer.describes(f"LIS-{uuid4().hex[:10]}")
    one = learner(5)
    credential = issuer.person("issuer").done("issuer", "/credentials", one.award(course))["credential_id"]
    disclosed = [
        base64.urlsafe_b64decode(part + "==") for part in issuer.holder_form(credential).split("~")[1:-1]
    ]
    for value in (one.given, one.family, one.born, one.esi, one.grade):
        assert find([value], [("a disclosure", text) for text in disclosed]), f"{value} is not disclosed"


@pytest.fixture
def planted(house: House) -> Iterator[str]:
    """A value in a table, on a topic that no service reads, and in a log."""
    value = f"planted-{uuid4()}"
    house.sql("create schema planted")
    house.sql("create table planted.cells (a text, b bytea, c jsonb, d text[], e varchar)")
    log = house.path / "logs" / "planted.log"
    log.write_text(f'{{"event": "{value}"}}')
    try:
        yield value
    finally:
        house.sql("drop schema planted cascade")
        log.unlink()


def test_the_search_finds_what_was_planted(house: House, planted: str) -> None:
    columns = {
        "a": "$1",
        "b": "convert_to($1, 'UTF8')",
        "c": "jsonb_build_array($1)",
        "d": "array[$1]",
        "e": "$1",
    }
    for column, expression in columns.items():
        house.sql("truncate planted.cells")
        house.sql(
            f"insert into planted.cells ({column}) values ({expression.replace('$1', '$1::text')})", planted
        )
        assert find([planted], tables(house)), f"not found in column {column}"
    assert find([planted], files(house))

    async def publish() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=house.around.bootstrap)
        await producer.start()
        try:
            topic = house.topic("mutua.trust")
            await producer.send_and_wait(topic, None, key=planted.encode(), headers=[("x", planted.encode())])
        finally:
            await producer.stop()

    asyncio.run(publish())
    found = find([planted], topics(house))
    assert {line.rsplit(maxsplit=1)[-1] for line in found} == {"key", "x"}, "in the key and in a header"
