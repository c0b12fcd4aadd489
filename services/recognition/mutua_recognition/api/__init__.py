"""Recognition's HTTP API: trust, policies, mandates, rules and alliances by four eyes; requests, decisions,
reviews.

Nothing in here can refuse recognition: a person recognises or asks, and everything else stays open.
"""

from contextlib import AsyncExitStack
from typing import cast

from fastapi import APIRouter, FastAPI

from mutua_recognition.api import (
    alliances,
    mandates,
    operations,
    policies,
    presentations,
    proposals,
    records,
    requests,
    reviews,
    standing_rules,
    statements,
)
from mutua_recognition.api.pseudonyms import Pseudonyms
from mutua_recognition.settings import Settings

routers: tuple[APIRouter, ...] = (
    statements.router,
    policies.router,
    mandates.router,
    standing_rules.router,
    alliances.router,
    proposals.router,
    presentations.router,
    requests.router,
    records.router,
    reviews.router,
    operations.router,
)


async def extend(app: FastAPI, _stack: AsyncExitStack) -> None:
    """Puts into `app.state` what the routes need beside the kernel's parts: the makers of pseudonyms."""
    settings = cast("Settings", app.state.settings)
    app.state.pseudonyms = Pseudonyms(settings.pseudonym_key_file.read_bytes())
