"""Who writes the forms of a credential: what each needs to sign, and which ones an institution can give."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Named
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_issuer.api.signing import private_key
from mutua_issuer.domain import badges
from mutua_issuer.domain.europass import Seal, SealError, europass
from mutua_issuer.domain.forms import FORMS, Form, FormName, Opened
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.keys import whole_second
from mutua_issuer.vault import Vault
from mutua_kernel import telemetry
from mutua_kernel.http.problems import Problem

_LOG = telemetry.logger("forms")


@dataclass(frozen=True, slots=True)
class Writers:
    """Everything that signs forms in this process."""

    vault: Vault
    canonicaliser: Canonicaliser
    seals: Mapping[str, Seal]
    """By institution."""

    def offered(self, institution: Institution) -> Sequence[Form]:
        """The forms in which credentials of an institution are to be had."""
        names: list[FormName] = ["sd-jwt-vc", "vc-jwt"]
        if institution.keys_of("Ed25519"):  # who registered before there were such keys gets one by rotation
            names.append("open-badge")
        if institution.id in self.seals:
            names.append("elm")
        return [FORMS[name] for name in names]

    async def write(self, name: FormName, of: Opened, at: datetime) -> str:
        """The credential in one of the forms that its institution offers, signed at `at`."""
        match name:
            case "vc-jwt":
                key = private_key(self.vault, of.institution, whole_second(at), "ES256")
                return badges.vc_jwt(of, Named(key, f"{of.institution.did}#{key.kid}"), at)
            case "open-badge":
                return await self._badge(of, at)
            case "elm":
                return await self._sealed(of, at)
            case _:
                return of.holder_form

    async def _badge(self, of: Opened, at: datetime) -> str:
        key = private_key(self.vault, of.institution, whole_second(at), "Ed25519")
        badge = await asyncio.to_thread(badges.open_badge, of, key, at, self.canonicaliser)
        if isinstance(badge, Refused):
            raise _not_now(badge.code)
        return json.dumps(badge, ensure_ascii=False)

    async def _sealed(self, of: Opened, at: datetime) -> str:
        try:
            sealed = await asyncio.to_thread(europass, of, self.seals[of.institution.id], at)
        except SealError as error:
            _LOG.error("seal not set", institution=of.institution.id, cause=str(error))
            raise _not_now("seal_not_set") from error
        return sealed.decode()


def _not_now(found: str) -> Problem:
    return Problem(
        503,
        "form_not_written",
        "This form cannot be written at the moment.",
        found=found,
        fix="Try again in a minute, or take another form.",
        headers={"Retry-After": "60"},
    )


def writers_of(request: Request) -> Writers:
    """Dependency: the writers of this process."""
    return cast("Writers", request.app.state.writers)


WritersOf = Annotated[Writers, Depends(writers_of)]
