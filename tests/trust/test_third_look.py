"""Every member of the runner's lines against a third reading of the rules, in small worlds of edge values.

`MUTUA_WORLDS` looks at more of them: `MUTUA_WORLDS=50000 pytest tests/trust/test_third_look.py`.
"""

import json
import os
from random import Random
from typing import Any

import pytest
from third_look import ASPECTS, Line, verdict

from mutua_trust import PolicyBook, enumerate_decide, policies_from_json, request_from_json, verdict_to_json
from mutua_trust.corpus import Runner, load

WORLDS = int(os.environ.get("MUTUA_WORLDS", "1500"))
ENTITIES = ["C", "A", "B", "D", "E"]
DAYS = ["2026-02-28", "2026-03-01", "2026-03-02"]
CODES = ["0613", "0612", "061", "06", "0731", "07", "00", "0011"]
VAGUE = [
    "0600",
    "0610",
    "060",
    "000",
    "99",
    "999",
    "9999",
    "0619",
    "0688",
    "0699",
    "0228",
    "0000",
    "068",
    "069",
]


class Source:
    """Lines as outsiders might write them: absent, null, boundary days, shared versions, twins, distrust."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.dense = self.chance(35)

    def chance(self, percent: int) -> bool:
        return self.random.random() * 100 < percent

    def pick(self, items: Any) -> Any:
        return self.random.choice(items)

    def some(self, items: list[Any]) -> list[Any]:
        return self.random.sample(items, self.random.randint(1, len(items)))

    def interval(self) -> Line | None:
        if self.chance(80):
            return self.pick([None, {}, {"from": None}])
        start, end = sorted(self.random.sample(range(4), 2))
        days = [None, *DAYS]
        return {"from": days[start], "to": days[end]}

    def scope(self) -> Line | None:
        if self.dense or self.chance(40):
            return self.pick([None, {}])
        dimensions: Line = {
            "isced_f": self.some(CODES)[:3],
            "eqf": self.some([5, 6, 7]),
            "max_ects": self.pick([5, 7.5, 0.1, None]),
            "assessment": self.some(["exam", "essay"]),
            "mode": self.some(["online", "campus"]),
            "aspects": self.some(ASPECTS),
        }
        return {
            name: value if self.chance(95) else None for name, value in dimensions.items() if self.chance(30)
        }

    def statement(self, id: str) -> Line:
        truster = self.pick(["C", *ENTITIES])
        whole: Line = {
            "id": id,
            "truster": truster,
            "trustee": self.pick([entity for entity in ["B", *ENTITIES] if entity != truster]),
            "polarity": "distrust" if self.chance(4 if self.dense else 12) else "trust",
            "scope": self.scope(),
            "depth": self.pick([1, 2, 3]) if self.dense else self.pick([None, 0, 1, 1, 2, 3]),
            "assurance": self.pick([2, 2, 3]) if self.dense else self.pick([1, 2, 2, 3, 4]),
            "in_force": self.interval(),
            "covers_awards": self.interval(),
            "recorded": self.pick([None, 0, 0, 0, 1, 2]),
            "revoked": self.pick([None] * 8 + [1, 2, 3]),
            "membership": "follow",
        }
        return {member: value for member, value in whole.items() if value is not None or self.chance(50)}

    def request(self, id: str) -> Line:
        told: Line = {
            "isced_f": [self.pick(CODES) for _ in range(self.pick([1, 1, 2]))],
            "eqf": self.pick([5, 6, 7]),
            "ects": self.pick([0, 0.1, 5, 7.5, 7.6]),
            "assessment": self.pick(["exam", "essay"]),
            "mode": self.pick(["online", "campus"]),
            "aspects": self.some(ASPECTS),
        }
        if self.chance(10):
            told["isced_f"].append(self.pick(VAGUE))
        if self.chance(4):
            told[self.pick(list(told))] = self.pick([None, "", []])
        ends = {
            "recogniser": self.pick(["C", "C", "C", *ENTITIES]),
            "issuer": self.pick(["B", "B", "B", *ENTITIES, "Z"]),
        }
        days = {"award_date": self.pick(DAYS), "decision_date": self.pick(DAYS)}
        return {"id": id, **ends, **told, **days, "version": self.pick([None] * 7 + [0, 1, 2, 3, 4])}

    def policy(self) -> Line:
        whole: Line = {
            "max_hops": self.pick([1, 2, 3, 4, 4]),
            "min_assurance": self.pick([[1, 1, 1, 1], [1, 2, 2, 3], [2, 2, 2, 2], [1, 1, 2, 4]]),
            "binding": self.some(ENTITIES)[:2],
            "mode": self.pick(["joint", "per_aspect"]),
            "quorum": self.pick([1, 2, 2, 3]),
        }
        return {key: value for key, value in whole.items() if self.chance(80 if self.dense else 45)}


def encoded(lines: list[Line]) -> list[bytes]:
    return [json.dumps(line).encode() + b"\n" for line in lines]


@pytest.mark.parametrize("part", range(4))
def test_every_member_of_every_verdict(part: int) -> None:
    reasons: set[str | None] = set()
    for seed in range(part * WORLDS // 4, (part + 1) * WORLDS // 4):
        source = Source(seed)
        statements = [source.statement(f"s{n:02}") for n in range(source.pick([3, 9, 15, 22]))]
        requests = [source.request(f"r{n}") for n in range(3)]
        policies = {"default": source.policy(), "recognisers": {"C": source.policy()}}
        book = policies_from_json(policies)
        assert isinstance(book, PolicyBook)
        errors: list[object] = []
        index = load(encoded(statements), "S", errors.append)
        assert not errors
        runner = Runner(index, book, errors.append, explain=True)
        for request, line in zip(requests, runner.answer(encoded(requests), "R"), strict=True):
            remedies = line.pop("remedies")
            assert line == verdict(statements, request, policies), f"world {seed}"
            read = request_from_json(request)
            assert not hasattr(read, "code")
            told = enumerate_decide(index, read, book.of(read.recogniser), index.head)  # type: ignore[arg-type]
            assert line == verdict_to_json(told), f"world {seed}"
            check_remedies(line, request, remedies, {s["id"]: s for s in statements})
            reasons.add(line["reason"])
    assert reasons >= {None, "constraints", "no_relation", "distrust", "incomplete", "stale", "quorum"}


def check_remedies(line: Line, request: Line, remedies: list[Line] | None, by_id: dict[str, Line]) -> None:
    """Each failing constraint and each veto has its remedy, which is for whose statement it is."""
    assert (remedies is None) is (line["outcome"] == "accept")
    proposed = {(remedy["statement"], remedy["constraint"]) for remedy in remedies or ()}
    miss = line["nearest_miss"] or {"failures": []}
    assert {(f["statement"], c) for f in miss["failures"] for c in f["constraints"]} <= proposed
    assert {(id, "distrust") for id in line["vetoed_by"] or ()} <= proposed
    for remedy in remedies or ():
        parties = {request["recogniser"], request["issuer"]}
        if remedy["statement"] is not None:
            parties = {by_id[remedy["statement"]]["truster"]}
        assert remedy["party"] in parties
