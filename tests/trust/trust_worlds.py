"""Small worlds of trust in which everything can happen: boundary days, cycles, twins, distrust, late
versions.

One recipe serves two sources of choices: hypothesis, which shrinks what it finds, and a seeded generator,
which is fast enough for thousands of worlds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from mutua_trust import (
    ASPECTS,
    Interval,
    Mode,
    Polarity,
    Policy,
    Request,
    Scope,
    Statement,
    TrustIndex,
    Verdict,
    enumerate_decide,
)
from mutua_trust.fields import leaves_of

T = TypeVar("T")

ENTITIES = ["C", "A", "B", "D", "E", "F"]
EVERYBODY = [*ENTITIES, "G", "H", "I"]
FIELDS = [leaves_of((code,)) for code in ("0612", "0613", "061", "0731", "07")]
DAYS = [date(2026, 3, day) for day in (1, 2, 3)]
NEWEST = 6


class Choices(Protocol):
    sizes: Sequence[int]

    def one_of(self, items: Sequence[T]) -> T: ...
    def chance(self, percent: int) -> bool: ...


class Seeded:
    sizes = (3, 10, 16, 24, 32, 40)

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def one_of(self, items: Sequence[T]) -> T:
        return items[int(self._random.random() * len(items))]

    def chance(self, percent: int) -> bool:
        return self._random.random() * 100 < percent


class Drawn:
    sizes = (3, 8, 12, 18, 24)

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one_of(self, items: Sequence[T]) -> T:
        return self._draw(st.sampled_from(items))

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) >= 100 - percent


@dataclass(frozen=True)
class World:
    statements: tuple[Statement, ...]
    request: Request
    policy: Policy

    def index(self) -> TrustIndex:
        index = TrustIndex(self.statements)
        index.advance(NEWEST)
        return index

    def decide(self) -> Verdict:
        return self.index().decide(self.request, self.policy)

    def enumerate(self) -> Verdict:
        return enumerate_decide(self.statements, self.request, self.policy, NEWEST)

    def but(self, **changes: object) -> "World":
        return replace(self, **changes)  # type: ignore[arg-type]

    def asking(self, **changes: object) -> "World":
        return replace(self, request=replace(self.request, **changes))  # type: ignore[arg-type]

    def under(self, **changes: object) -> "World":
        return replace(self, policy=replace(self.policy, **changes))  # type: ignore[arg-type]


def make_world(choices: Choices) -> World:
    if choices.chance(20):
        return make_long_world(choices)
    size = choices.one_of(choices.sizes)
    statements = tuple(make_statement(choices, f"s{number:02}") for number in range(size))
    return World(statements, make_request(choices), make_policy(choices))


def make_long_world(choices: Choices) -> World:
    """Everything is trusted, but only through two others or three: where quorum and length matter."""
    near, far = ["A", "D", "G", "H"], ["E", "F", "I"]
    pairs = [
        *(("C", one) for one in near),
        *((one, two) for one in near for two in (*far, *near) if one != two),
        *((one, two) for one in far for two in far if one != two),
        *((two, "B") for two in far),
    ]
    density = choices.one_of([35, 55, 75])
    statements = tuple(
        Statement(
            id=f"s{number:02}",
            truster=truster,
            trustee=trustee,
            depth=choices.one_of([1, 2, 2, 3, 3]),
            assurance=choices.one_of([2, 2, 3]),
            polarity=Polarity.DISTRUST if choices.chance(3) else Polarity.TRUST,
        )
        for number, (truster, trustee) in enumerate(pairs)
        if choices.chance(density)
    )
    policy = Policy(
        max_hops=choices.one_of([3, 4]),
        quorum=choices.one_of([1, 2, 2, 3, 3]),
        binding=frozenset({"A"}) if choices.chance(20) else frozenset(),
        mode=Mode.PER_ASPECT if choices.chance(10) else Mode.JOINT,
    )
    request = replace(make_request(choices), issuer="B", version=None)
    return World(statements, request, policy)


def make_statement(choices: Choices, id: str, polarity: Polarity | None = None) -> Statement:
    truster = choices.one_of(["C", "C", *ENTITIES])
    others = [entity for entity in ("B", "B", *ENTITIES) if entity != truster]
    if truster == "C" and choices.chance(80):
        others = ["A", "D", "E", "F"]
    trustee = choices.one_of(others)
    recorded = choices.one_of([0, 0, 0, 0, 0, 0, 1, 2, NEWEST])
    return Statement(
        id=id,
        truster=truster,
        trustee=trustee,
        polarity=polarity or (Polarity.DISTRUST if choices.chance(8) else Polarity.TRUST),
        scope=make_scope(choices),
        depth=choices.one_of([0, 1, 1, 2, 3]),
        assurance=choices.one_of([1, 2, 2, 3, 4]),
        in_force=make_interval(choices),
        covers_awards=make_interval(choices),
        recorded=recorded,
        revoked=choices.one_of(range(recorded, NEWEST + 1)) if choices.chance(12) else None,
    )


def make_scope(choices: Choices) -> Scope:
    return Scope(
        fields=choices.one_of(FIELDS) if choices.chance(25) else None,
        levels=choices.one_of([frozenset({5, 6}), frozenset({6}), frozenset({7})])
        if choices.chance(15)
        else None,
        max_ects=choices.one_of([5, 7.5, 10]) if choices.chance(15) else None,
        assessments=frozenset({choices.one_of(["exam", "portfolio"])}) if choices.chance(8) else None,
        modes=frozenset({choices.one_of(["online", "campus"])}) if choices.chance(8) else None,
        aspects=None
        if choices.chance(75)
        else frozenset(choices.one_of([ASPECTS[:1], ASPECTS[1:], ASPECTS[:2]])),
    )


def make_interval(choices: Choices) -> Interval:
    if choices.chance(80):
        return Interval()
    start, end = choices.one_of([(0, 1), (0, 2), (1, 2), (None, 1), (None, 2), (1, None), (2, None)])
    return Interval(None if start is None else DAYS[start], None if end is None else DAYS[end])


def make_request(choices: Choices) -> Request:
    return Request(
        id="r",
        recogniser="C",
        issuer=choices.one_of(["B", "B", "B", "B", "B", "B", "A", "C"]),
        fields=choices.one_of(FIELDS),
        level=choices.one_of([6, 6, 5, 7]),
        ects=choices.one_of([5, 6, 7.5, 10]),
        assessment=choices.one_of(["exam", "portfolio", "essay"]),
        mode=choices.one_of(["online", "campus"]),
        aspects=frozenset(choices.one_of([ASPECTS, ASPECTS[:1], ASPECTS[1:2], ASPECTS[:2]])),
        award_day=choices.one_of(DAYS),
        decision_day=choices.one_of(DAYS),
        version=choices.one_of([None] * 10 + [NEWEST, 2, 2, 1, 0, NEWEST + 1]),
    )


def make_policy(choices: Choices) -> Policy:
    return Policy(
        max_hops=choices.one_of([2, 3, 4, 4, 1]),
        min_assurance=choices.one_of([(1, 1, 1, 1), (1, 1, 2, 2), (1, 2, 2, 3), (2, 2, 2, 2)]),
        binding=frozenset({choices.one_of(ENTITIES)}) if choices.chance(30) else frozenset(),
        mode=Mode.PER_ASPECT if choices.chance(25) else Mode.JOINT,
        quorum=choices.one_of([1, 1, 1, 2, 2, 3]),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return make_world(Drawn(draw))


def seeded_world(seed: int) -> World:
    return make_world(Seeded(seed))
