"""Policies: what a recogniser or an alliance requires for one purpose; two people release each version."""

from typing import Any

from mutua_recognition.api.bodies import Name, ShapeOf, new_router
from mutua_recognition.api.versions import Versions, VersionView
from mutua_recognition.domain.policy import PolicyBundle, read_policy
from mutua_recognition.domain.presets import PRESETS

router = new_router("policies")

EXAMPLES: Any = {
    name: {
        "summary": f"The preset `{name}`",
        "value": {"name": name, "purpose": "CREDIT", **content},
    }
    for name, content in PRESETS.items()
}


class PolicyView(VersionView):
    """One version of a policy."""

    digest: str
    """Digest of its canonical content."""


POLICIES = Versions("policy", "policies", "owner", PolicyView, read_policy)
POLICIES.add_routes(
    router,
    "/policies",
    ShapeOf(PolicyBundle, POLICIES.given, ("name", "purpose"), (("name", Name),)),
    EXAMPLES,
    "Puts the next version of a policy forward; it takes effect with a second person's signature.\n\n"
    "A `name` that is new begins with version 1. The presets are shown as examples.",
)
