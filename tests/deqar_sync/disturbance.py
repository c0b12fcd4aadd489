"""Things that happen to a registry, at random: edits that no date tells, flags, mergers, deletions, rows that
are restored or new, and an index that loses what it had.
"""

import random
from collections.abc import Callable
from datetime import timedelta

from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.model import Agency, Provider, Report


class Disturbance:
    """Does one thing at a time. What is deleted at once stays below what trips the circuit-breaker."""

    def __init__(self, registry: Simulator, chance: random.Random) -> None:
        self._registry = registry
        self._chance = chance
        self._deleted: list[Report] = []

    def __call__(self) -> None:
        """One thing that happens."""
        self._chance.choice(self._happenings)()

    @property
    def _happenings(self) -> list[Callable[[], None]]:
        return [self._edit, self._perform, self._perform, self._delete, self._restore, self._add, self._lose]

    def _edit(self) -> None:
        providers, agencies = self._registry.truth.ids(Provider), self._registry.truth.ids(Agency)
        change = self._chance.choice(
            [
                {"decision": self._chance.randrange(1, 5)},
                {"institutions": [self._chance.choice(providers)]},
                {"agency": self._chance.choice(agencies)},
                {"contributing_agencies": [self._chance.choice(agencies)]},
            ]
        )
        self._registry.edit("report", self._any_report(), change)

    def _perform(self) -> None:
        today = self._registry.clock.now().date()
        provider, other = self._chance.sample(self._registry.truth.ids(Provider), 2)
        report = self._any_report()
        ends = str(today + timedelta(days=self._chance.randrange(900)))
        action = self._chance.choice(
            [
                {"action": "flag", "id": report, "level": self._chance.choice(["high", "none", "low"])},
                {"action": "end_report", "id": report, "valid_to": ends},
                {"action": "upgrade", "id": report},
                {"action": "reshuffle_programmes", "id": report},
                {
                    "action": "edit",
                    "kind": "provider",
                    "id": provider,
                    "set": {"founding_date": "1901-02-03"},
                },
                {"action": "close", "id": provider, "on": str(today)},
                {"action": "merge", "source": provider, "target": other, "on": str(today)},
                {"action": "reassign", "source": provider, "target": other},
            ]
        )
        actions.perform(self._registry, action)

    def _delete(self) -> None:
        if len(self._deleted) < 3:
            report = self._any_report()
            self._deleted.append(self._registry.truth.get(Report, report))
            self._registry.delete("report", report)

    def _restore(self) -> None:
        if self._deleted:
            self._registry.add(self._deleted.pop())

    def _add(self) -> None:
        last = max(self._registry.truth.ids(Report))
        like = self._registry.truth.get(Report, self._any_report())
        self._registry.add(like.model_copy(update={"id": last + self._chance.randrange(1, 4)}))

    def _lose(self) -> None:
        self._registry.index.delete("reports", self._any_report())

    def _any_report(self) -> int:
        return self._chance.choice(self._registry.truth.ids(Report))
