"""Statements and requests as the engine reads them: a scope is a mask of bits, a day a number.

Fields, levels and aspects of a scope share one mask, so that "covers in all three" is one operation. What is
absent is all bits, no limit, or a day beyond every calendar; so a hop is tested without asking what is
absent.
"""

from datetime import date
from functools import lru_cache
from math import inf
from typing import Final, TypeVar

from mutua_trust.fields import LEAVES
from mutua_trust.request import Request
from mutua_trust.statement import ALWAYS, ASPECTS, LEVELS, Aspect, Interval, Polarity, Scope, Statement

T = TypeVar("T")

BEFORE_ALL: Final = 0
AFTER_ALL: Final = date.max.toordinal() + 1
NEVER: Final = 2**63 - 1
"""The version at which a statement that nobody has revoked is revoked."""
EVERY_DAY: Final = (BEFORE_ALL, AFTER_ALL)
NO_LIMITS: Final = (inf, None, None)
"""Credits, assessment types and modes of a scope that limits none of them."""

_FIELD_BIT: Final = {leaf: 1 << place for place, leaf in enumerate(LEAVES)}
_LEVEL_BIT: Final = {level: 1 << (len(LEAVES) + place) for place, level in enumerate(LEVELS)}
_ASPECT_BIT: Final = {
    aspect: 1 << (len(LEAVES) + len(LEVELS) + place) for place, aspect in enumerate(ASPECTS)
}
ALL_FIELDS: Final = sum(_FIELD_BIT.values())
ALL_LEVELS: Final = sum(_LEVEL_BIT.values())
ALL_ASPECTS: Final = sum(_ASPECT_BIT.values())


class Record:
    """One statement in the engine. Only `revoked` ever changes, once."""

    __slots__ = (
        "assessments",
        "assurance",
        "award_end",
        "award_start",
        "depth",
        "force_end",
        "force_start",
        "id",
        "mask",
        "max_ects",
        "modes",
        "recorded",
        "revoked",
        "trustee",
        "truster",
        "unlimited",
    )

    def __init__(
        self,
        id: str,
        truster: str,
        trustee: str,
        scope: "CompiledScope",
        force_start: int,
        force_end: int,
        award_start: int,
        award_end: int,
        depth: int,
        assurance: int,
        recorded: int,
        revoked: int,
    ) -> None:
        self.id = id
        self.truster = truster
        self.trustee = trustee
        self.mask, self.max_ects, self.assessments, self.modes = scope
        self.force_start = force_start
        self.force_end = force_end
        self.award_start = award_start
        self.award_end = award_end
        self.depth = depth
        self.assurance = assurance
        self.recorded = recorded
        self.revoked = revoked
        self.unlimited = (
            force_start == BEFORE_ALL == award_start
            and force_end == AFTER_ALL == award_end
            and scope[1:] == NO_LIMITS
        )
        """Speaks of all days, credits and types, as most statements do: then none of them need be tested."""

    @property
    def scope(self) -> "CompiledScope":
        return (self.mask, self.max_ects, self.assessments, self.modes)

    def says_the_same_as(self, other: "Record") -> bool:
        """Equal in everything but the revocation."""
        return all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__ if name != "revoked"
        )


CompiledScope = tuple[int, float, frozenset[str] | None, frozenset[str] | None]
"""Mask of fields, levels and aspects; largest credits; assessment types and modes (None: all)."""


class Ask:
    """One request in the engine, at the version it is decided at."""

    __slots__ = ("assessment", "award_day", "day", "ects", "issuer", "mode", "need", "recogniser", "version")

    def __init__(self, request: Request, version: int) -> None:
        self.recogniser = request.recogniser
        self.issuer = request.issuer
        self.need = need_of(request.fields, request.level, request.aspects)
        self.ects = request.ects or 0
        self.assessment = request.assessment
        self.mode = request.mode
        self.award_day = request.award_day.toordinal()
        self.day = request.decision_day.toordinal()
        self.version = version


@lru_cache(maxsize=4096)
def mask_of(
    fields: frozenset[str] | None, levels: frozenset[int] | None, aspects: frozenset[Aspect] | None
) -> int:
    """One bit for every field, level and aspect spoken of; all bits of a dimension that is absent."""
    level_bits = ALL_LEVELS if levels is None else sum(map(_LEVEL_BIT.__getitem__, levels))
    return field_mask(fields) | level_bits | aspect_mask(aspects)


@lru_cache(maxsize=4096)
def need_of(fields: frozenset[str] | None, level: int | None, aspects: frozenset[Aspect] | None) -> int:
    """The bits that a statement must have to cover all that is asked."""
    return field_mask(fields) | _LEVEL_BIT[level or 0] | aspect_mask(aspects)


@lru_cache(maxsize=4096)
def field_mask(fields: frozenset[str] | None) -> int:
    return ALL_FIELDS if fields is None else sum(map(_FIELD_BIT.__getitem__, fields))


@lru_cache(maxsize=16)
def aspect_mask(aspects: frozenset[Aspect] | None) -> int:
    return ALL_ASPECTS if aspects is None else sum(map(_ASPECT_BIT.__getitem__, aspects))


@lru_cache(maxsize=4096)
def fields_in(mask: int) -> frozenset[str]:
    return frozenset(leaf for leaf, bit in _FIELD_BIT.items() if mask & bit)


@lru_cache(maxsize=256)
def levels_in(mask: int) -> frozenset[int]:
    return frozenset(level for level, bit in _LEVEL_BIT.items() if mask & bit)


def compile_scope(scope: Scope) -> CompiledScope:
    return (
        mask_of(scope.fields, scope.levels, scope.aspects),
        inf if scope.max_ects is None else scope.max_ects,
        None if scope.assessments is None else _one_copy(scope.assessments),
        None if scope.modes is None else _one_copy(scope.modes),
    )


@lru_cache(maxsize=4096)
def _one_copy(names: frozenset[str]) -> frozenset[str]:
    """Few sets of types are different, many are stated."""
    return names


def compile_statement(statement: Statement) -> Record:
    force_start, force_end = _days(statement.in_force)
    award_start, award_end = _days(statement.covers_awards)
    return Record(
        statement.id,
        statement.truster,
        statement.trustee,
        compile_scope(statement.scope),
        force_start,
        force_end,
        award_start,
        award_end,
        statement.depth,
        int(statement.assurance),
        statement.recorded,
        NEVER if statement.revoked is None else statement.revoked,
    )


def _days(interval: Interval) -> tuple[int, int]:
    if interval is ALWAYS:
        return EVERY_DAY
    start, end = interval.start, interval.end
    return (
        BEFORE_ALL if start is None else start.toordinal(),
        AFTER_ALL if end is None else end.toordinal(),
    )


def statement_of(
    record: Record, polarity: Polarity, evidence: tuple[str, ...] = (), signature: str | None = None
) -> Statement:
    return Statement(
        id=record.id,
        truster=record.truster,
        trustee=record.trustee,
        polarity=polarity,
        scope=scope_of(record.scope),
        depth=record.depth,
        assurance=record.assurance,
        in_force=_interval(record.force_start, record.force_end),
        covers_awards=_interval(record.award_start, record.award_end),
        recorded=record.recorded,
        revoked=None if record.revoked == NEVER else record.revoked,
        evidence=evidence,
        signature=signature,
    )


def _interval(start: int, end: int) -> Interval:
    return Interval(
        None if start == BEFORE_ALL else date.fromordinal(start),
        None if end == AFTER_ALL else date.fromordinal(end),
    )


def scope_of(compiled: CompiledScope) -> Scope:
    """The scope again; a dimension that lists everything reads as absent, which means the same."""
    mask, limit, assessments, modes = compiled
    return Scope(
        fields=_listed(mask, ALL_FIELDS, _FIELD_BIT),
        levels=_listed(mask, ALL_LEVELS, _LEVEL_BIT),
        max_ects=None if limit == inf else limit,
        assessments=assessments,
        modes=modes,
        aspects=_listed(mask, ALL_ASPECTS, _ASPECT_BIT),
    )


def _listed(mask: int, whole: int, bits: dict[T, int]) -> frozenset[T] | None:
    return None if mask & whole == whole else frozenset(item for item, bit in bits.items() if mask & bit)
