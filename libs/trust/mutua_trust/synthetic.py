"""A seeded log with the shape of the European Higher Education Area, and requests to try on it.

No real agreements are public, so the sizes are chosen: countries with their institutions, agencies that
report on quality, centres with treaties, one register, alliances in which everybody trusts everybody, and
many bilateral agreements whose partners follow a power law. The same seed gives the same world on every
machine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate, permutations
from random import Random
from typing import Final, TypeVar

from mutua_trust.fields import FIELDS, LEAVES
from mutua_trust.request import Request
from mutua_trust.statement import ALWAYS, ASPECTS, Aspect, Interval, Polarity, Scope, Statement

T = TypeVar("T")

COUNTRIES: Final = 49
AGENCIES: Final = 73
ALLIANCES: Final = 60
INSTITUTIONS: Final = 5_000
BILATERAL: Final = 45_000
REGISTER: Final = "register"
TODAY: Final = date(2026, 3, 1)
QUALITY: Final = frozenset({Aspect.QUALITY})
_BROAD: Final = [FIELDS[code] for code in sorted(FIELDS) if len(code) == 2]
_NARROW: Final = [FIELDS[code] for code in sorted(FIELDS) if len(code) == 3]


def statements(scale: int = 1, seed: int = 1) -> Iterator[Statement]:
    """About 93,000 statements for every unit of scale, with ids that sort in no useful order."""
    world = _World(scale, Random(seed))  # noqa: S311 (repeatable, not secret)
    for number, statement in enumerate(world.statements()):
        yield replace(statement, id=f"s{(number * 2_654_435_761) % 2**32:08x}-{number}")


@dataclass(frozen=True, slots=True)
class _Country:
    centre: str
    agencies: Sequence[str]
    institutions: Sequence[str]


class _World:
    def __init__(self, scale: int, random: Random) -> None:
        self._random = random
        self._scale = scale
        self._institutions = [f"institution-{number}" for number in range(INSTITUTIONS * scale)]
        self._countries = list(self._make_countries())
        self._agencies = [agency for country in self._countries for agency in country.agencies]
        # Partners follow a power law: a few institutions have thousands of agreements, most have a handful.
        weights = [1 / (rank + 8) ** 0.85 for rank in range(len(self._institutions))]
        random.shuffle(weights)
        self._popularity = list(accumulate(weights))

    def _make_countries(self) -> Iterator[_Country]:
        sizes = [self._random.paretovariate(1.1) for _ in range(COUNTRIES)]
        bounds = [0, *(round(part / sum(sizes) * len(self._institutions)) for part in accumulate(sizes))]
        for number in range(COUNTRIES):
            agencies = [f"agency-{each}" for each in range(number, AGENCIES, COUNTRIES)]
            yield _Country(
                f"centre-{number}", agencies, self._institutions[bounds[number] : bounds[number + 1]]
            )

    def statements(self) -> Iterator[Statement]:
        yield from self._register_and_centres()
        for country in self._countries:
            for institution in country.institutions:
                yield from self._reports(country, institution)
                yield from self._reliance(country, institution)
        for _ in range(ALLIANCES * self._scale):
            yield from self._alliance()
        for _ in range(BILATERAL * self._scale):
            yield self._bilateral()
        for _ in range(300 * self._scale):
            yield self._distrust()

    def _register_and_centres(self) -> Iterator[Statement]:
        for agency in self._agencies:
            yield _trust(REGISTER, agency, Scope(aspects=QUALITY), depth=1, assurance=3)
        for one, other in permutations(self._countries, 2):
            if self._chance(0.4):
                scope = Scope(levels=frozenset({5, 6, 7}), aspects=frozenset(ASPECTS))
                yield _trust(one.centre, other.centre, scope, depth=self._pick([1, 1, 2]), assurance=2)

    def _reports(self, country: _Country, institution: str) -> Iterator[Statement]:
        """What quality assurance says: one institutional report, some programme reports."""
        agency = self._pick(country.agencies)
        yield _trust(agency, institution, Scope(aspects=QUALITY), awards=self._years(6), assurance=3)
        for _ in range(self._pick([0, 1, 2, 4])):
            reporter = agency if self._chance(0.8) else self._pick(self._agencies)
            scope = Scope(fields=self._pick(_NARROW), levels=self._levels(), aspects=QUALITY)
            yield _trust(reporter, institution, scope, awards=self._years(6), assurance=4)

    def _reliance(self, country: _Country, institution: str) -> Iterator[Statement]:
        """On whose judgement the institution relies, and who vouches for it at home."""
        yield _trust(institution, self._pick(country.agencies), Scope(aspects=QUALITY), depth=1, assurance=2)
        if self._chance(0.58):
            yield _trust(institution, REGISTER, Scope(aspects=QUALITY), depth=2, assurance=2)
        if self._chance(0.75):
            depth = self._pick([1, 2, 2, 2, 3])
            scope = Scope(fields=self._pick(_BROAD) if self._chance(0.5) else None)
            yield _trust(institution, country.centre, scope, depth=depth, assurance=2)
        if self._chance(0.7):
            scope = Scope(levels=self._levels(), fields=self._pick(_BROAD) if self._chance(0.6) else None)
            yield _trust(country.centre, institution, scope, awards=self._years(8), assurance=2)

    def _alliance(self) -> Iterator[Statement]:
        members = self._random.sample(self._institutions, self._random.randint(8, 12))
        for one, other in permutations(members, 2):
            for fields in self._random.sample(_BROAD, 2):
                scope = Scope(fields=fields, levels=frozenset({5, 6, 7}), max_ects=30)
                yield _trust(
                    one, other, scope, force=self._years(8), depth=int(self._chance(0.3)), assurance=2
                )

    def _bilateral(self) -> Statement:
        one, other = self._partner(), self._partner()
        while one == other:
            other = self._partner()
        scope = Scope(
            fields=self._pick(_BROAD if self._chance(0.3) else _NARROW),
            levels=self._levels(),
            max_ects=self._pick([None, 10, 30, 60]),
            assessments=frozenset({"written", "portfolio"}) if self._chance(0.1) else None,
            modes=frozenset({"campus", "blended"}) if self._chance(0.1) else None,
        )
        depth = self._pick([0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
        assurance = self._pick([1, 2, 2, 2])
        revoked = self._random.randint(1, 1000) if self._chance(0.02) else None
        trust = _trust(
            one, other, scope, force=self._years(7), awards=self._years(9), depth=depth, assurance=assurance
        )
        return replace(trust, recorded=0, revoked=revoked)

    def _distrust(self) -> Statement:
        truster = self._pick(self._countries).centre if self._chance(0.3) else self._partner()
        fields = self._pick(_BROAD) if self._chance(0.5) else None
        trustee = self._pick(self._institutions)
        while trustee == truster:
            trustee = self._pick(self._institutions)
        return Statement("s", truster, trustee, Polarity.DISTRUST, Scope(fields=fields))

    def _partner(self) -> str:
        return self._random.choices(self._institutions, cum_weights=self._popularity)[0]

    def _levels(self) -> frozenset[int]:
        return self._pick([frozenset({6}), frozenset({5, 6}), frozenset({6, 7}), frozenset({5, 6, 7})])

    def _years(self, most: int) -> Interval:
        """An interval that mostly, but not always, holds today."""
        start = TODAY - timedelta(days=self._random.randrange(365 * most))
        return Interval(start, start + timedelta(days=365 * most - self._random.randrange(300)))

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _pick(self, items: Sequence[T]) -> T:
        return items[int(self._random.random() * len(items))]


def _trust(
    truster: str,
    trustee: str,
    scope: Scope,
    force: Interval = ALWAYS,
    awards: Interval = ALWAYS,
    depth: int = 0,
    assurance: int = 2,
) -> Statement:
    return Statement("s", truster, trustee, Polarity.TRUST, scope, depth, assurance, force, awards)


def requests(log: Sequence[Statement], count: int, seed: int = 1) -> Iterator[Request]:
    """Half lie within what some chain carries, a quarter just outside, a quarter are random pairs.

    Recognisers and issuers are institutions; agencies, centres and the register only stand between them.
    """
    random = Random(seed)  # noqa: S311 (repeatable, not secret)
    by: dict[str, list[Statement]] = {}
    for statement in log:
        if statement.polarity is Polarity.TRUST:
            by.setdefault(statement.truster, []).append(statement)
    trusters = [truster for truster in sorted(by) if awards(truster)]
    issuers = sorted({statement.trustee for statement in log if awards(statement.trustee)})
    for number in range(count):
        walk = _walk(random, trusters, by)
        request = _within(random, walk, f"r{number}")
        match number % 4:
            case 2:
                yield _just_outside(random, request)
            case 3:
                yield replace(request, issuer=issuers[random.randrange(len(issuers))])
            case _:
                yield request


def awards(entity: str) -> bool:
    """Whether it is an institution: only these award and recognise."""
    return entity.startswith("institution")


def _walk(random: Random, trusters: Sequence[str], by: dict[str, list[Statement]]) -> list[Statement]:
    """Statements that meet, of which each lets the trust travel far enough; at least one."""
    hops = random.choices([1, 2, 3, 4], [5, 4, 3, 1])[0]
    walk: list[Statement] = []
    here = trusters[random.randrange(len(trusters))]
    while len(walk) < hops:
        left = hops - len(walk) - 1
        met = {here, *(statement.truster for statement in walk)}
        onward = [
            each
            for each in by.get(here, ())
            if each.depth >= left and each.trustee not in met and (left or awards(each.trustee))
        ]
        if onward:
            walk.append(onward[random.randrange(len(onward))])
            here = walk[-1].trustee
        else:
            here, hops, walk = trusters[random.randrange(len(trusters))], max(1, hops - 1), []
    return walk


def _within(random: Random, walk: Sequence[Statement], id: str) -> Request:
    """A request that the walk's scopes carry, as far as they have anything in common."""
    scope: Scope = walk[0].scope
    for statement in walk[1:]:
        scope = scope.meet(statement.scope) or scope
    fields, levels = sorted(scope.fields or LEAVES), sorted(scope.levels or {5, 6, 7})
    return Request(
        id=id,
        recogniser=walk[0].truster,
        issuer=walk[-1].trustee,
        fields=frozenset({fields[random.randrange(len(fields))]}),
        level=levels[random.randrange(len(levels))],
        ects=min(random.choice([3, 5, 10]), scope.max_ects or 10),
        assessment=min(scope.assessments or {"written"}),
        mode=min(scope.modes or {"online"}),
        aspects=scope.aspects or frozenset(ASPECTS),
        award_day=TODAY - timedelta(days=random.randrange(400)),
        decision_day=TODAY,
    )


def a_request(random: Random, issuer: str) -> Request:
    """A credential of EQF level 6 in some field, for all aspects; whose recogniser is still to be set."""
    leaf = LEAVES[random.randrange(len(LEAVES))]
    day = TODAY - timedelta(days=100)
    aspects = frozenset(ASPECTS)
    return Request("r", "nobody", issuer, frozenset({leaf}), 6, 5, "written", "online", aspects, day, TODAY)


def _just_outside(random: Random, request: Request) -> Request:
    match random.randrange(5):
        case 0:
            return replace(request, fields=frozenset({LEAVES[random.randrange(len(LEAVES))]}))
        case 1:
            return replace(request, level=8)
        case 2:
            return replace(request, ects=61)
        case 3:
            return replace(request, aspects=frozenset(ASPECTS))
        case _:
            return replace(request, decision_day=TODAY + timedelta(days=365 * 9))
