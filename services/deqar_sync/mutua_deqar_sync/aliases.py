"""Who stands for a provider that closed or is gone: a table beside the mirror, in which nothing is re-keyed.

The registry tells a succession or an absorption outright. A merger of two records it does not tell: the one
that is gone shows by its identifiers on the other, or by its reports, which name the other now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from mutua_contracts.registry import ProviderFacts
from mutua_deqar_sync.report_facts import LOCAL_IDENTIFIER

How = Literal["succeeded", "absorbed", "same identifier", "reports moved"]
_LATER: Final[Mapping[str, How]] = {"succeeded by": "succeeded", "was absorbed by": "absorbed"}


@dataclass(frozen=True, slots=True)
class Alias:
    """`other` stands for provider `id`. `since` is the registry's day of it, where it tells one."""

    id: str
    other: str
    how: How
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A provider that closed, or is gone from the registry."""

    id: str
    facts: ProviderFacts
    gone: bool

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        """Scheme and value of those that are not local to an agency."""
        return [
            (each.resource, each.value)
            for each in self.facts.identifiers
            if each.agency is None and each.resource not in ("", LOCAL_IDENTIFIER)
        ]


def aliases_of(
    ended: Sequence[Ended],
    bearers: Iterable[tuple[str, tuple[str, str]]],
    moved: Iterable[tuple[str, str]],
) -> list[Alias]:
    """`bearers` are living providers with an identifier each; `moved` are, for each report that named a
    provider which is gone, that provider and one that the report names in its place.
    """
    bearing: dict[tuple[str, str], set[str]] = {}
    for id, identifier in bearers:
        bearing.setdefault(identifier, set()).add(id)
    named: dict[str, set[str]] = {}
    for old, new in moved:
        named.setdefault(old, set()).add(new)
    found: dict[Alias, None] = {}
    for each in ended:
        found |= dict.fromkeys(_told(each))
        if each.gone:
            others = sorted({other for pair in each.identifiers for other in bearing.get(pair, set())})
            found |= dict.fromkeys(Alias(each.id, other, "same identifier") for other in others)
            moved_to = sorted(named.get(each.id, set()))
            if len(moved_to) == 1:
                found[Alias(each.id, moved_to[0], "reports moved")] = None
    return [alias for alias in found if alias.other != alias.id]


def _told(ended: Ended) -> list[Alias]:
    return [
        Alias(ended.id, relation.other, _LATER[relation.kind], relation.on)
        for relation in ended.facts.relations
        if relation.role == "historical" and relation.kind in _LATER
    ]
