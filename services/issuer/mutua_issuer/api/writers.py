"""Who writes the forms of a credential: what each needs to sign, and which ones an institution can give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from mutua_issuer.domain.forms import FORMS, Form, FormName, Opened
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.vault import Vault


@dataclass(frozen=True, slots=True)
class Writers:
    """Everything that signs forms in this process."""

    vault: Vault

    def offered(self, institution: Institution) -> Sequence[Form]:
        """The forms in which credentials of an institution are to be had."""
        return [FORMS["sd-jwt-vc"]]

    async def write(self, name: FormName, of: Opened, at: datetime) -> str:
        """The credential in one of the forms that its institution offers."""
        return of.holder_form


def writers_of(request: Request) -> Writers:
    """Dependency: the writers of this process."""
    return cast("Writers", request.app.state.writers)


WritersOf = Annotated[Writers, Depends(writers_of)]
