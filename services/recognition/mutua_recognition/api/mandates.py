"""Automation mandates: by which two people of a recogniser let a machine decide or recommend."""

from typing import Any

from mutua_recognition.api.bodies import Name, ShapeOf, new_router
from mutua_recognition.api.versions import Versions, VersionView
from mutua_recognition.domain.mandates import Mandate, read_mandate

router = new_router("mandates")

REQUIRED = ("name", "purposes", "effect", "legal_basis", "during")
EXAMPLES: Any = {
    "decide": {
        "summary": "A machine may decide credit, for one academic year",
        "value": {
            "name": "automation",
            "purposes": ["CREDIT"],
            "effect": "decide",
            "legal_basis": ["LRC.V", "UAS.REG.12"],
            "during": {"from": "2026-09-01", "to": "2027-09-01"},
        },
    }
}


class MandateView(VersionView):
    """One version of a mandate."""


MANDATES = Versions("mandate", "mandates", "recogniser", MandateView, read_mandate)
MANDATES.add_routes(
    router,
    "/mandates",
    ShapeOf(Mandate, MANDATES.given, REQUIRED, (("name", Name),)),
    EXAMPLES,
    "Puts the next version of a mandate forward; it takes effect with a second person's signature.\n\n"
    "Without a mandate a person confirms whatever the machine proposes.",
)
