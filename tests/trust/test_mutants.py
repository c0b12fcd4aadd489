"""The test of the tests: engines that are wrong in one place, each of which the worlds must tell from the
rules.

A mutant is a method of the engine with one piece of its source replaced. It is caught when some world's
verdict differs from the plain enumeration; a mutant that survives means that the worlds are too tame.
"""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

import pytest
from trust_worlds import World, seeded_world

from mutua_trust import Verdict, engine, quorum, search
from mutua_trust.graph import Graph
from mutua_trust.miss import MissSearch
from mutua_trust.search import Search

WORLDS = 4000


@dataclass(frozen=True)
class Mutant:
    name: str
    owner: Any
    function: str
    right: str
    wrong: str

    def build(self) -> Callable[..., Any]:
        original = inspect.getattr_static(self.owner, self.function)
        assert isinstance(original, FunctionType)
        source = textwrap.dedent(inspect.getsource(original))
        assert self.right in source, f"{self.name}: the engine no longer says {self.right!r}"
        scope: dict[str, Any] = {}
        exec(source.replace(self.right, self.wrong), original.__globals__, scope)
        mutated = scope[self.function]
        assert callable(mutated)
        return mutated


MUTANTS = [
    Mutant("depth off by one", Search, "holding", "record.depth >= behind", "record.depth >= behind - 1"),
    Mutant("depth ignored", Search, "holding", "record.depth >= behind", "True"),
    Mutant("overlap taken for cover", Search, "holding", "record.mask & need == need", "record.mask & need"),
    Mutant("days never asked", Search, "holding", "self._within(record)", "True"),
    Mutant("last day in force", Search, "_within", "day < record.force_end", "day <= record.force_end"),
    Mutant("first day not in force", Search, "_within", "record.force_start <=", "record.force_start <"),
    Mutant(
        "last award day", Search, "_within", "award_day < record.award_end", "award_day <= record.award_end"
    ),
    Mutant("award ignored", Search, "_within", "record.award_start <=", "True or record.award_start <="),
    Mutant(
        "award ignored on the last hop",
        Search,
        "holding",
        "self._within(record)",
        "behind == 0 and record.force_start <= self.day < record.force_end or self._within(record)",
    ),
    Mutant("days exchanged", Search, "_within", "<= self.day <", "<= self.award_day <"),
    Mutant(
        "first assurance unchecked",
        Search,
        "holding",
        "record.assurance >= least",
        "(behind or record.assurance >= least)",
    ),
    Mutant("assurance by place", Search, "holding", "_least[hops - 1]", "_least[hops - 1 - behind]"),
    Mutant("credits below the limit", Search, "_within", "ects <= record", "ects < record"),
    Mutant("assessment ignored", Search, "_within", "self.assessment in record.assessments", "True"),
    Mutant("mode ignored", Search, "_within", "self.mode in record.modes", "True"),
    Mutant(
        "revoked one version late", Search, "holding", "version < record.revoked", "version <= record.revoked"
    ),
    Mutant(
        "recorded one version late",
        Search,
        "holding",
        "record.recorded <= self.version",
        "record.recorded < self.version",
    ),
    Mutant("joins nothing", Search, "_starts", "not apart(", "apart("),
    Mutant("one hop too few", Search, "winner", "self._policy.max_hops + 1", "self._policy.max_hops"),
    Mutant(
        "one hop too many", Search, "winner", "self._policy.max_hops + 1", "min(5, self._policy.max_hops + 2)"
    ),
    Mutant("asks oneself", Search, "winner", " or recogniser == self.issuer", ""),
    Mutant(
        "first found wins",
        search,
        "_best",
        "min([_rank(path) for _, path in walks])",
        "_rank(path)",
    ),
    Mutant("assurance does not rank", search, "_rank", "return -weakest", "return 0"),
    Mutant("weaker chain wins", search, "_rank", "return -weakest", "return weakest"),
    Mutant("largest id wins", search, "_rank", "min([record.id", "max([record.id"),
    Mutant(
        "strongest statement shown",
        search,
        "_rank",
        ">= weakest",
        ">= max(other.assurance for other in held)",
    ),
    Mutant("only the recogniser's distrust", Search, "_bars", "foe in members[:place]", "foe in members[:1]"),
    Mutant(
        "only the neighbour's distrust",
        Search,
        "_bars",
        "foe in members[:place]",
        "foe == members[place - 1]",
    ),
    Mutant("distrust backwards", Search, "_bars", "foe in members[:place]", "foe in members"),
    Mutant("authorities ignored", Search, "_bars", "foe in self._policy.binding or ", ""),
    Mutant("authorities about the recogniser", Search, "_bars", "if place and trustee", "if trustee"),
    Mutant(
        "distrust must cover fields", Graph, "foes", "& ALL_FIELDS", "& ALL_FIELDS == ask.need & ALL_FIELDS"
    ),
    Mutant("distrust ignores aspects", Graph, "foes", "and common & ALL_ASPECTS", ""),
    Mutant("distrust ignores levels", Graph, "foes", "and common & ALL_LEVELS", ""),
    Mutant("distrust outlives its force", Graph, "foes", "ask.day < record.force_end", "True"),
    Mutant("distrust asks the award day", Graph, "foes", "<= ask.day <", "<= ask.award_day <"),
    Mutant("revoked distrust bars", Graph, "foes", "<= ask.version < record.revoked", "<= ask.version"),
    Mutant("one veto named", Search, "vetoes", "for record in bucket", "for record in bucket[:1]"),
    Mutant("quorum shares members", engine, "quorum_met", "entities.isdisjoint(other)", "entities != other"),
    Mutant("quorum of one length", engine, "quorum_met", "policy.max_hops + 1", "4"),
    Mutant("greedy quorum", quorum, "_packs", "len(used) < wanted", "True"),
    Mutant("quorum of short winners", engine, "_settle", "len(winner) >= 3", "len(winner) >= 2"),
    Mutant("quorum of long winners only", engine, "_settle", "len(winner) >= 3", "len(winner) >= 4"),
    Mutant("aspects together", engine, "_decide_per_aspect", "request.alone(aspect)", "request"),
    Mutant("future answered", engine, "decide", "version > head", "version > head + 1"),
    Mutant(
        "stale before incomplete",
        engine,
        "decide",
        "if not request.complete():",
        "if version <= head and not request.complete():",
    ),
    Mutant(
        "miss prefers short chains", MissSearch, "_offer", "rank < self._best", "rank[1:] < self._best[1:]"
    ),
    Mutant(
        "miss ignores the future's absence",
        MissSearch,
        "_least",
        "record.recorded <= self._ask.version",
        "True",
    ),
    Mutant("miss of any length", MissSearch, "nearest", "self._policy.max_hops >= FARTHEST", "True"),
    Mutant("miss gives up too early", MissSearch, "_hopeless", "> self._best[:3]", ">= self._best[:3]"),
    Mutant("miss counts constraints first", MissSearch, "_least", "min(constraints, 1)", "constraints"),
]

HARMLESS = [
    Mutant("cycles allowed", Search, "_starts", "and there not in members", ""),
    Mutant("cycles allowed at the end", Search, "valid", "if there in members:", "if False:"),
    Mutant("through the issuer", Search, "_starts", "and there != issuer", ""),
]


@cache
def worlds() -> list[tuple[World, Verdict]]:
    found = [seeded_world(seed) for seed in range(WORLDS)]
    # Some requests lack a dimension: it must be found before anything else.
    return [
        (w, w.enumerate()) for w in (w.asking(mode=None) if n % 50 == 0 else w for n, w in enumerate(found))
    ]


def test_the_engine_itself_is_not_caught() -> None:
    for world, expected in worlds():
        assert world.decide() == expected


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_mutant_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutant.owner, mutant.function, mutant.build())
    assert any(world.decide() != expected for world, expected in worlds())


@pytest.mark.parametrize("mutant", HARMLESS, ids=[mutant.name for mutant in HARMLESS])
def test_the_lemma(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cutting a cycle out of a valid walk leaves a shorter valid chain, so a search that forgets to is still
    exact.
    """
    monkeypatch.setattr(mutant.owner, mutant.function, mutant.build())
    assert all(world.decide() == expected for world, expected in worlds())
