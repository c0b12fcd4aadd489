"""Recognition's HTTP API: trust, policies, mandates, rules and alliances by four eyes; requests, decisions,
reviews.

Nothing in here can refuse recognition: a person recognises or asks, and everything else stays open.
"""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import cast

from fastapi import APIRouter, FastAPI

from mutua_recognition.api import (
    alliances,
    inquiries,
    log,
    mandates,
    operations,
    policies,
    presentations,
    proposals,
    records,
    requests,
    reviews,
    signing_keys,
    standing_rules,
    statements,
    uploads,
)
from mutua_recognition.api.people import Means
from mutua_recognition.api.pseudonyms import Pseudonyms
from mutua_recognition.custody import Custody
from mutua_recognition.settings import Settings
from mutua_recognition.verifying import Verifiers

UPLOADS = uploads.PATH
"""The one path whose bodies are files, and larger than others."""

routers: tuple[APIRouter, ...] = (
    statements.router,
    log.router,
    signing_keys.router,
    policies.router,
    mandates.router,
    standing_rules.router,
    alliances.router,
    proposals.router,
    presentations.router,
    uploads.router,
    uploads.erasures,
    requests.router,
    records.router,
    reviews.router,
    inquiries.router,
    operations.router,
)


async def extend(app: FastAPI, stack: AsyncExitStack) -> None:
    """Puts into `app.state` what the routes need beside the kernel's parts: pseudonyms, means to act, the
    vault, and a process that reads files."""
    settings = cast("Settings", app.state.settings)
    app.state.pseudonyms = Pseudonyms(settings.pseudonym_key_file.read_bytes())
    delay = timedelta(seconds=settings.widening_delay_seconds)
    app.state.vault = settings.vault()
    app.state.means = Means(Custody(app.state.vault), delay)
    app.state.verifiers = Verifiers(1)
    stack.callback(app.state.verifiers.close)
