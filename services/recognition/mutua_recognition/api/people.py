"""Who calls: the roles that the routes ask for, and the signature of whoever acts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, cast

from fastapi import Depends, Request

from mutua_kernel.http.auth import Principal, require
from mutua_kernel.http.writes import StoreOf
from mutua_recognition.api.pseudonyms import Pseudonyms
from mutua_recognition.custody import Custody
from mutua_recognition.domain.signatures import Signature

Coordinator = Annotated[Principal, Depends(require("coordinator"))]
"""States trust, and releases policies, mandates, rules and alliances."""
Evaluator = Annotated[Principal, Depends(require("evaluator"))]
"""Presents credentials and settles reviews."""
Reader = Annotated[Principal, Depends(require("coordinator", "evaluator"))]
"""Reads what its organisation has."""


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to let something take effect: keys to sign with, and how long what widens trust waits."""

    custody: Custody
    delay: timedelta


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who acts now. `person` is all that is ever kept of them."""

    person: str
    tenant: str
    at: datetime
    means: Means

    @property
    def signature(self) -> Signature:
        return Signature(self.person, self.tenant, self.at)


def acting(caller: Principal, request: Request, store: StoreOf) -> Acting:
    """Whoever calls, as a pseudonym, at the time of the call."""
    pseudonyms = cast("Pseudonyms", request.app.state.pseudonyms)
    person = pseudonyms.of(caller.tenant, caller.issuer, caller.subject)
    return Acting(person, caller.tenant, store.clock.now(), cast("Means", request.app.state.means))
