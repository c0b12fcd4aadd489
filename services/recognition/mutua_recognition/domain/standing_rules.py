"""Standing rules: "evaluate what is issued by these, for this purpose and component", before anybody applied.

What a rule leads to concerns people who never asked: a clean result is an anticipated decision that takes
effect on presentation, anything else stays dormant until somebody presents the credential.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from mutua_recognition.domain.alliances import Alliance
from mutua_recognition.domain.canonical import STRICT, Json, read
from mutua_recognition.domain.codes import Purpose, Regime
from mutua_recognition.domain.flaws import Broken, Refused
from mutua_recognition.domain.intervals import Interval
from mutua_recognition.domain.request import Target

Entity = Annotated[str, Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class StandingRule:
    """One version of a rule. Raises `Broken` without issuers or alliance, or without a needed target."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Annotated[str, Field(min_length=1, max_length=200)]
    recogniser: Entity
    purpose: Purpose
    version: Annotated[int, Field(ge=1)]
    during: Interval
    """Award days that it looks at."""
    target: Target | None = None
    regime: Regime = Regime.ALLIANCE
    issuers: tuple[Entity, ...] = ()
    """Awarding bodies by name."""
    alliance: Annotated[str, Field(pattern=r"^alliance:[a-z0-9-]+$", max_length=100)] | None = None
    """Awarding bodies that are members of this alliance on the award day."""
    components: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] | None = None
    """Components of the awarding body's catalogue; null is all of them."""

    def __post_init__(self) -> None:
        if not self.issuers and self.alliance is None:
            raise Broken("unbounded_rule", "issuers", "nothing", "issuers or an alliance")
        if self.purpose.needs_target and self.target is None:
            raise Broken("target_missing", "target", "nothing", f"a target, as {self.purpose} needs one")
        if self.components == ():
            raise Broken("empty", "components", "nothing", "at least one, or null for all")


@dataclass(frozen=True, slots=True)
class Award:
    """What a rule looks at in a credential that was issued."""

    awarding_body: str
    award_date: date
    component: str | None


def read_standing_rule(data: bytes | Json) -> StandingRule | Refused:
    """A rule as its recogniser states it, or everything that is wrong with it."""
    return read(StandingRule, data)


def matches(rule: StandingRule, award: Award, alliance: Callable[[str], Alliance | None]) -> bool:
    """Whether the rule asks for this credential. A recogniser's own awards are no affair of its rules."""
    if award.awarding_body == rule.recogniser or award.award_date not in rule.during:
        return False
    if rule.components is not None and award.component not in rule.components:
        return False
    if award.awarding_body in rule.issuers:
        return True
    group = alliance(rule.alliance) if rule.alliance is not None else None
    return group is not None and group.has(award.awarding_body, award.award_date)


def matching(
    rules: Iterable[StandingRule], award: Award, alliance: Callable[[str], Alliance | None]
) -> tuple[StandingRule, ...]:
    """The rules that ask for this credential, one per (recogniser, purpose, target).

    Where several do, the one whose id comes first speaks for them.
    """
    chosen: dict[tuple[str, Purpose, str | None], StandingRule] = {}
    for rule in sorted(rules, key=lambda rule: (rule.id, -rule.version)):
        if matches(rule, award, alliance):
            target = rule.target.id if rule.target else None
            chosen.setdefault((rule.recogniser, rule.purpose, target), rule)
    return tuple(chosen.values())
