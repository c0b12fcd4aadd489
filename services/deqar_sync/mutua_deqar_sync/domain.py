"""What the mirror does with what it reads: which rows changed, when a detail is needed, when a row is gone.

Pure rules. Facts are compared in a canonical form: arrays sorted, hosts of files left out, and without the
acronyms that reports repeat of agencies, because those are only as new as the report's last indexing. What
the registry computes or shuffles (counters, ids of programmes and files, order of sets) is not among the
facts at all.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, TypeVar, cast
from urllib.parse import urlsplit

import orjson

from mutua_contracts.registry import AgencyFacts, CountryFacts, ProviderFacts, ReportFacts

Kind = Literal["country", "agency", "provider", "report"]
Facts = CountryFacts | AgencyFacts | ProviderFacts | ReportFacts
FactsT = TypeVar("FactsT", bound=Facts)

MISSES_TO_REMOVE: Final = 2
"""Complete passes in a row that miss a row, each confirmed by its detail, before it counts as removed."""
SHRINK_SHARE: Final = 0.02
SHRINK_FLOOR: Final = 5
"""The circuit-breaker lets this many rows of a partition go at once, however small the partition is."""
SHRINK_WHOLE: Final = 3
"""A partition of at least so many rows may not vanish as a whole."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the mirror, without its facts. `image` is what the list said of it when its facts were
    read.
    """

    kind: Kind
    id: str
    revision: int
    digest: str
    image: str
    agency: str | None
    gone: bool
    withheld: bool
    misses: int
    listed_at: datetime | None = None
    detailed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of a list. `facts` are None where only the detail tells them."""

    kind: Kind
    id: str
    image: str
    at: datetime
    agency: str | None = None
    facts: Facts | None = None
    hidden: bool = False
    """Seen in the list of withheld reports."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A row as the mirror shall hold it. `changed` rows have a new revision and are told to the world."""

    kind: Kind
    id: str
    revision: int
    digest: str
    image: str
    facts: Facts
    agency: str | None
    gone: bool
    withheld: bool
    listed_at: datetime | None
    detailed_at: datetime | None
    seen: bool
    detailed: bool
    """Its detail was read just now."""
    changed: bool


def needs_detail(stored: Stored | None, seen: Seen) -> bool:
    """Whether the list is not enough: the row is new, looks different, or came back from where it was
    hidden.
    """
    if stored is None:
        return True
    return stored.image != seen.image or stored.gone or stored.withheld != seen.hidden or stored.misses > 0


def settle(
    stored: Stored | None,
    seen: Seen | None,
    facts: Facts,
    *,
    kind: Kind,
    id: str,
    detailed_at: datetime | None,
    gone: bool = False,
) -> Settled:
    """The row after facts were read for it, or after it was found to be gone."""
    ordered, digest = canonical(facts)
    withheld = isinstance(facts, ReportFacts) and facts.flag == "high" and not gone
    before = (stored.digest, stored.gone, stored.withheld) if stored else None
    changed = before != (digest, gone, withheld)
    return Settled(
        kind=kind,
        id=id,
        revision=(stored.revision if stored else 0) + changed,
        digest=digest,
        image=seen.image if seen else (stored.image if stored else ""),
        facts=ordered,
        agency=facts.agency.id if isinstance(facts, ReportFacts) else None,
        gone=gone,
        withheld=withheld,
        listed_at=seen.at if seen else (stored.listed_at if stored else None),
        detailed_at=detailed_at or (stored.detailed_at if stored else None),
        seen=seen is not None,
        detailed=detailed_at is not None,
        changed=changed,
    )


def shrinks_too_much(known: int, missing: int) -> bool:
    """Whether so many rows of a partition vanish at once that a person must look first."""
    return missing > max(SHRINK_FLOOR, known * SHRINK_SHARE) or (missing == known >= SHRINK_WHOLE)


def canonical(facts: FactsT) -> tuple[FactsT, str]:
    """The same facts with their arrays in an order that does not depend on the registry's, and their
    digest.
    """
    members = _members(facts)
    return type(facts).model_validate(members), _digest(_canonical(members))


def image_of(facts: Facts, updated: date | None = None) -> str:
    """Digest of what a list says; `updated` is the registry's own day of change, which edits may leave
    alone.
    """
    return _digest(
        {"facts": _canonical(_members(facts)), "updated": updated.isoformat() if updated else None}
    )


def mirror_digest(rows: list[tuple[str, str, int]]) -> str:
    """Digest of a whole mirror: (kind, id, revision) of each row that is not gone, a line each, sorted."""
    lines = "".join(f"{kind}\t{id}\t{revision}\n" for kind, id, revision in sorted(rows))
    return "sha256:" + hashlib.sha256(lines.encode()).hexdigest()


def with_acronyms(facts: ReportFacts, acronyms: Mapping[str, str]) -> ReportFacts:
    """Agencies named as they are called now: a report's own mention may be years old."""

    def named(reference: Any) -> Any:
        return reference.model_copy(update={"acronym": acronyms.get(reference.id) or reference.acronym})

    return facts.model_copy(
        update={
            "agency": named(facts.agency),
            "contributing_agencies": tuple(named(agency) for agency in facts.contributing_agencies),
        }
    )


def _members(facts: Facts) -> Any:
    """What facts hold, their arrays in an order that does not depend on the registry's."""
    return _sorted(facts.model_dump(mode="json"), keep=("names",))


def _sorted(value: Any, keep: tuple[str, ...], name: str = "") -> Any:
    """Arrays sorted by their text; a programme's names keep their order, the primary one stands first."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: _sorted(member, keep, key) for key, member in members.items()}
    if isinstance(value, list):
        elements = [_sorted(element, keep) for element in cast("list[Any]", value)]
        if len(elements) < 2:
            return elements
        texts_in_order = name in keep and all(isinstance(element, str) for element in elements)
        return elements if texts_in_order else sorted(elements, key=_text)
    return value


def _canonical(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        is_reference = name in ("agency", "contributing_agencies") and "acronym" in members
        return {k: _canonical(v, k) for k, v in members.items() if not (is_reference and k == "acronym")}
    if isinstance(value, list):
        return [_canonical(element, name) for element in cast("list[Any]", value)]
    if name == "url" and isinstance(value, str):
        return urlsplit(value).path
    return value


def _digest(value: Any) -> str:
    return "sha256:" + hashlib.sha256(_text(value)).hexdigest()


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
