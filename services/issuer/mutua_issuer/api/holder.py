"""The holder's link: the credential as a page or in any of its forms, for whoever has the link.

Which one is a matter of `Accept`; the SD-JWT VC where nobody minds. Nothing of it may be cached, indexed or
told to other sites.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse, Response

from mutua_issuer import store
from mutua_issuer.api.issued import Issued, find
from mutua_issuer.api.negotiation import languages, preferred
from mutua_issuer.api.parts import VaultOf
from mutua_issuer.api.writers import Writers, WritersOf
from mutua_issuer.domain import issuing, links
from mutua_issuer.domain.forms import FORMS, Form, FormName, Opened, content_of
from mutua_issuer.pages import holder
from mutua_issuer.pages.holder import File, Shown, Standing
from mutua_issuer.vault import Vault
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import Store, StoreOf

router = APIRouter(tags=["holder"])

PAGE: Final = "text/html"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept, Accept-Language",
}

Accept = Annotated[str, Header(description="A form's media type, or text/html for the page.")]
Languages = Annotated[str, Header(alias="Accept-Language")]


@router.get("/holder/{token}")
@router.get("/{path:path}/holder/{token}", include_in_schema=False)
async def show(
    storage: StoreOf,
    vault: VaultOf,
    writers: WritersOf,
    token: str,
    accept: Accept = "*/*",
    accept_language: Languages = "",
) -> Response:
    """The credential as the request prefers it: a page for people, or one of its forms."""
    found = await _found(storage, vault, token)
    offered = writers.offered(found.institution)
    wanted = preferred(accept, [*(form.media_type for form in offered), PAGE])
    if wanted is None:
        raise _not_acceptable(accept, offered)
    if wanted == PAGE:
        text = holder.page(_shown(found, offered, storage.clock.now()), languages(accept_language))
        return HTMLResponse(text, headers={**_HEADERS, "Content-Security-Policy": holder.POLICY})
    form = next(form for form in offered if form.media_type == wanted)
    return await _written(found, form, writers, storage)


@router.get("/holder/{token}/{name}")
@router.get("/{path:path}/holder/{token}/{name}", include_in_schema=False)
async def download(
    storage: StoreOf, vault: VaultOf, writers: WritersOf, token: str, name: FormName
) -> Response:
    """The credential in one form, as a file."""
    found = await _found(storage, vault, token)
    form = FORMS[name]
    if form not in writers.offered(found.institution):
        raise Problem(
            404,
            "form_not_offered",
            f"This institution does not give credentials as {form.title}.",
            expected=", ".join(one.name for one in writers.offered(found.institution)),
            fix="Take one of the forms that it gives.",
        )
    answer = await _written(found, form, writers, storage)
    file = f"micro-credential-{found.kept.id}.{form.ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


async def _found(storage: Store, vault: Vault, token: str) -> Issued:
    """The credential of a link. Raises `Problem` 404: a link that was renewed or whose learner was erased
    too."""
    secret = links.secret_of(token)
    if secret is None:
        raise _nowhere()
    async with storage.pool.acquire() as connection, connection.transaction():
        led = await store.link(connection, links.digest(secret))
    if led is None:
        raise _nowhere()
    tenant, credential = led
    async with storage.reading(tenant) as tx:
        found = await find(tx, vault, tenant, credential)
    if found.personal is None:
        raise _nowhere()
    return found


async def _written(found: Issued, form: Form, writers: Writers, storage: Store) -> Response:
    text = await writers.write(form.name, opened(found), storage.clock.now())
    return Response(text, media_type=form.media_type, headers=_HEADERS)


def opened(found: Issued) -> Opened:
    """The credential with everything personal. Raises `Problem` 410 after erasure."""
    kept, personal = found.kept, found.disclosed()
    return Opened(
        institution=found.institution,
        id=kept.id,
        bus_form=kept.bus_form,
        personal=personal,
        content=content_of(kept.bus_form, personal),
        issued_at=kept.issued_at,
        valid_until=kept.valid_until,
        place=kept.place,
    )


def _shown(found: Issued, offered: Sequence[Form], now: datetime) -> Shown:
    kept = found.kept
    assert found.holder_url is not None, "it is how we came here"
    expired = kept.valid_until is not None and kept.valid_until < now.date()
    standing: Standing = "expired" if expired and kept.status == "valid" else kept.status
    names = found.institution.names
    return Shown(
        content=content_of(kept.bus_form, found.disclosed()),
        issuer=names.get("en") or next(iter(names.values())),
        standing=standing,
        looked_at=now,
        valid_until=kept.valid_until,
        credential_id=issuing.urn(kept.id),
        digest=kept.digest,
        address=found.holder_url,
        files=[File(form.name, form.title, form.about) for form in offered],
    )


def _nowhere() -> Problem:
    return Problem(
        404,
        "not_found",
        "This link leads nowhere (any more).",
        expected="the link that your institution gave you last",
        fix="Ask the institution that issued the credential for a new link.",
    )


def _not_acceptable(accept: str, offered: Sequence[Form]) -> Problem:
    return Problem(
        406,
        "not_acceptable",
        "The credential is not to be had in any form that the request accepts.",
        found=accept[:200],
        expected=", ".join([*(form.media_type for form in offered), PAGE]),
        fix="Accept one of these.",
    )
