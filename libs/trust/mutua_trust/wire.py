"""Statements, requests and policies from the JSON of the corpus runner.

Reading yields the value or a `Flaw`, never an exception: a refused line must not stop its neighbours.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

from mutua_trust.fields import FIELDS, Unreadable, leaves_of, leaves_of_request
from mutua_trust.policy import LONGEST, Mode, PolicyBook
from mutua_trust.reading import (
    Flaw,
    Read,
    Reader,
    Refused,
    code,
    credits_,
    day,
    filled,
    integer,
    list_of,
    name,
    refuse,
    text,
)
from mutua_trust.request import Request
from mutua_trust.statement import (
    ALWAYS,
    ASPECTS,
    DEEPEST,
    LEVELS,
    Aspect,
    Interval,
    Polarity,
    Scope,
    Statement,
)

Json = dict[str, Any]
T = TypeVar("T")

_VERSION: Final = integer(0)
_LOG_VERSION: Final = integer(0, 2**63 - 2)
_LEVEL: Final = integer(LEVELS[0], LEVELS[-1])
_DEPTH: Final = integer(0, DEEPEST)
_ASSURANCE: Final = integer(1, 4)
_HOPS: Final = integer(1, LONGEST)
_QUORUM: Final = integer(1)
_POLARITY: Final = code([polarity.value for polarity in Polarity])
_ASPECT: Final = code([aspect.value for aspect in ASPECTS])
_MODE: Final = code([mode.value for mode in Mode])
_FIELD: Final = code(FIELDS, "an ISCED-F 2013 code of 2, 3 or 4 digits")


def statement_from_json(data: object) -> Statement | Flaw:
    """One statement. Unknown members are ignored; evidence and signature are kept where readable."""
    try:
        return _statement(Reader(data))
    except Refused as refused:
        return refused.flaw


def _statement(reader: Reader) -> Statement:
    id = reader.required("id", name, "a non-empty string")
    truster = reader.required("truster", name, "an entity's id")
    trustee = reader.required("trustee", name, "an entity's id")
    polarity = Polarity(reader.required("polarity", _POLARITY, "trust or distrust"))
    if truster == trustee:
        raise refuse("self_trust", "trustee", trustee, "another entity than the truster")
    evidence, signature = reader.raw("evidence"), reader.raw("signature")
    return Statement(
        id=id,
        truster=truster,
        trustee=trustee,
        polarity=polarity,
        scope=_scope(reader.nested("scope")),
        depth=reader.optional("depth", _DEPTH) or 0,
        assurance=reader.required("assurance", _ASSURANCE, "an integer within 1..4"),
        in_force=_interval(reader.nested("in_force")),
        covers_awards=_interval(reader.nested("covers_awards")),
        recorded=reader.optional("recorded", _LOG_VERSION) or 0,
        revoked=reader.optional("revoked", _LOG_VERSION),
        evidence=_texts(evidence),
        signature=signature if isinstance(signature, str) else None,
    )


def _texts(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))


def _scope(reader: Reader) -> Scope:
    return Scope(
        fields=_leaves(reader.optional("isced_f", filled(list_of(_FIELD)))),
        levels=_set(reader.optional("eqf", filled(list_of(_LEVEL)))),
        max_ects=reader.optional("max_ects", credits_),
        assessments=_set(reader.optional("assessment", filled(list_of(text)))),
        modes=_set(reader.optional("mode", filled(list_of(text)))),
        aspects=_aspects(reader.optional("aspects", filled(list_of(_ASPECT)))),
    )


def _leaves(codes: list[str] | None) -> frozenset[str] | None:
    return None if codes is None else leaves_of(tuple(codes))


def _set(items: list[T] | None) -> frozenset[T] | None:
    return None if items is None else frozenset(items)


def _aspects(codes: list[str] | None) -> frozenset[Aspect] | None:
    return None if codes is None else frozenset(Aspect(code) for code in codes)


def _interval(reader: Reader) -> Interval:
    start, end = reader.optional("from", day), reader.optional("to", day)
    if start is None and end is None:
        return ALWAYS
    if start is not None and end is not None and start >= end:
        raise refuse("reversed_interval", reader.path("to"), f"{start} to {end}", "an end after the start")
    return Interval(start, end)


def barring_from_json(data: object, fallback_id: str) -> Statement | None:
    """What a refused line still does: distrust whose parties can be read bars, in all scopes and on all
    dates.

    Its log versions count where they can be read; its id too, else the fallback stands for it.
    """
    try:
        reader = Reader(data)
        if reader.raw("polarity") != Polarity.DISTRUST.value:
            return None
        truster = reader.required("truster", name, "an entity's id")
        trustee = reader.required("trustee", name, "an entity's id")
    except Refused:
        return None
    return Statement(
        id=_readable(reader, "id", name) or fallback_id,
        truster=truster,
        trustee=trustee,
        polarity=Polarity.DISTRUST,
        recorded=_readable(reader, "recorded", _LOG_VERSION) or 0,
        revoked=_readable(reader, "revoked", _LOG_VERSION),
    )


def _readable(reader: Reader, member: str, read: Read[T]) -> T | None:
    try:
        return reader.optional(member, read)
    except Refused:
        return None


def request_from_json(data: object) -> Request | Flaw:
    """One request. Dimensions that are absent, or say nothing, are None: the verdict is `incomplete`."""
    try:
        return _request(Reader(data))
    except Refused as refused:
        return refused.flaw


def _request(reader: Reader) -> Request:
    return Request(
        id=reader.required("id", name, "a non-empty string"),
        recogniser=reader.required("recogniser", name, "an entity's id"),
        issuer=reader.required("issuer", name, "an entity's id"),
        fields=_asked_leaves(_told(reader, "isced_f", list_of(text)), reader.path("isced_f")),
        level=_told(reader, "eqf", _LEVEL),
        ects=_told(reader, "ects", credits_),
        assessment=_told(reader, "assessment", text),
        mode=_told(reader, "mode", text),
        aspects=_aspects(_told(reader, "aspects", list_of(_ASPECT))),
        award_day=reader.required("award_date", day, "a date as YYYY-MM-DD"),
        decision_day=reader.required("decision_date", day, "a date as YYYY-MM-DD"),
        version=reader.optional("version", _VERSION),
    )


def _told(reader: Reader, dimension: str, read: Read[T]) -> T | None:
    """What the credential tells; what is empty, of whatever type, is not told."""
    return None if reader.raw(dimension) in ("", []) else reader.optional(dimension, read)


def _asked_leaves(codes: list[str] | None, path: str) -> frozenset[str] | None:
    """All leaves below the codes; None when there is no code, or when one among them says nothing."""
    leaves: set[str] = set()
    complete = bool(codes)
    for asked in codes or ():
        read = leaves_of_request(asked)
        if read is Unreadable.UNKNOWN:
            raise refuse("unknown_code", path, asked, "ISCED-F 2013 codes of 2, 3 or 4 digits")
        if read is Unreadable.MISSING:
            complete = False
        else:
            leaves |= read
    return frozenset(leaves) if complete else None


def policies_from_json(data: object) -> PolicyBook | Flaw:
    """A book of policies. A member that is not known is refused: a misspelt brake must not be lost in
    silence.
    """
    try:
        reader = Reader(data)
        default = _overlay(reader.nested("default"))
        entries = reader.nested("recognisers")
        _checked(default, {}, "default")
        overlays: dict[str, Json] = {}
        for recogniser in entries.names():
            overlays[recogniser] = _overlay(entries.nested(recogniser))
            _checked(default, overlays[recogniser], entries.path(recogniser))
        return PolicyBook(default, overlays)
    except Refused as refused:
        return refused.flaw


_POLICY_MEMBERS: Final[Mapping[str, Read[Any]]] = {
    "max_hops": _HOPS,
    "min_assurance": lambda value, path: tuple(list_of(_ASSURANCE)(value, path)),
    "binding": lambda value, path: frozenset(list_of(name)(value, path)),
    "mode": lambda value, path: Mode(_MODE(value, path)),
    "quorum": _QUORUM,
}


def _overlay(reader: Reader) -> Json:
    for member in reader.names():
        if member not in _POLICY_MEMBERS:
            raise refuse(
                "unknown_member", reader.path(member), member, "one of " + ", ".join(_POLICY_MEMBERS)
            )
    read = {member: reader.optional(member, how) for member, how in _POLICY_MEMBERS.items()}
    return {member: value for member, value in read.items() if value is not None}


def _checked(default: Json, overlay: Json, path: str) -> None:
    try:
        PolicyBook(default, {"": overlay})
    except ValueError as contradiction:
        raise refuse("contradiction", path, {**default, **overlay}, str(contradiction)) from None
