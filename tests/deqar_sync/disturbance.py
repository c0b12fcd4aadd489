"""Things that happen to a registry, at random."""

import random
from datetime import timedelta
from typing import Any

from mutua_local.deqar import Simulator, actions
from mutua_local.deqar.model import Provider, Report


def disturb(registry: Simulator, chance: random.Random) -> dict[str, Any]:
    """One thing that happens to a registry, at random; says what."""
    reports = registry.truth.ids(Report)
    providers = registry.truth.ids(Provider)
    today = registry.clock.now().date()
    report, provider, other = chance.choice(reports), *chance.sample(providers, 2)
    action = chance.choice(
        [
            {"action": "flag", "id": report, "level": chance.choice(["high", "none", "low"])},
            {
                "action": "end_report",
                "id": report,
                "valid_to": str(today + timedelta(days=chance.randrange(900))),
            },
            {"action": "upgrade", "id": report},
            {"action": "reshuffle_programmes", "id": report},
            {"action": "edit", "kind": "report", "id": report, "set": {"decision": chance.randrange(1, 5)}},
            {"action": "edit", "kind": "report", "id": report, "set": {"institutions": [provider]}},
            {"action": "edit", "kind": "provider", "id": provider, "set": {"founding_date": "1901-02-03"}},
            {"action": "close", "id": provider, "on": str(today)},
            {"action": "merge", "source": provider, "target": other, "on": str(today)},
            {"action": "reassign", "source": provider, "target": other},
        ]
    )
    actions.perform(registry, action)
    return action
