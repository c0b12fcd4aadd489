"""What was issued, as its institution finds it again, and the holder's form and link of it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel

from mutua_credentials.annex_i.fields import Short, Value
from mutua_credentials.sdjwt import MEDIA_TYPE
from mutua_issuer import store
from mutua_issuer.api.parts import AS_GIVEN, Issuer, VaultOf, read_body
from mutua_issuer.domain import issuing, links
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.issuing import Personal
from mutua_issuer.domain.status import Status
from mutua_issuer.store import Kept
from mutua_issuer.vault import Vault
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_kernel.vault import unseal

router = APIRouter(tags=["issued credentials"])

_FIRST = UUID(int=0)


class CredentialView(BaseModel):
    """An issued credential as its institution sees it."""

    credential_id: str
    external_id: str | None
    learner_id: str | None
    """None, as `external_id`, where the learner was erased."""
    component: str | None
    component_version: int | None
    award_date: date
    issued_at: AwareDatetime
    valid_until: date | None
    status: Status
    kid: str
    digest: str
    holder_url: str | None
    """The holder's link, which opens everything; None where there is none (any more)."""


class CredentialDetail(CredentialView):
    """The same with the form that travels: signed, and naming nobody."""

    credential: str


class CredentialPage(BaseModel):
    """Credentials in the order in which they were made; `next` goes into `after` for the next page."""

    credentials: list[CredentialView]
    next: str | None


class HolderForm(BaseModel):
    """The whole credential, which names the learner: for the learner only."""

    credential_id: str
    media_type: str = MEDIA_TYPE
    credential: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential with its institution, and what the vault opens of it.

    `personal` is None after erasure, `holder_url` also where no link was made.
    """

    institution: Institution
    kept: Kept
    personal: Personal | None
    holder_url: str | None

    @classmethod
    def open(cls, vault: Vault, institution: Institution, kept: Kept) -> "Issued":
        """Raises `VaultError` where another vault key is in use."""
        if kept.data_key is None or kept.erased:
            return cls(institution, kept, None, None)
        owner = issuing.learner_owner(institution.id, kept.learner_ref)
        data_key = vault.unwrap(kept.data_key, owner=owner)
        personal = issuing.read_personal(unseal(data_key, kept.sealed, owner=issuing.urn(kept.id)))
        if kept.link_serial is None:
            return cls(institution, kept, personal, None)
        secret = vault.link_secret(institution.id, kept.id, kept.link_serial)
        return cls(institution, kept, personal, links.url(institution.iss, secret))

    def view(self) -> CredentialView:
        """As its institution sees it."""
        kept, personal = self.kept, self.personal
        return CredentialView(
            credential_id=issuing.urn(kept.id),
            external_id=personal.external_id if personal else None,
            learner_id=personal.learner_id if personal else None,
            component=kept.component,
            component_version=kept.component_version,
            award_date=kept.award_date,
            issued_at=kept.issued_at,
            valid_until=kept.valid_until,
            status=kept.status,
            kid=kept.kid,
            digest=kept.digest,
            holder_url=self.holder_url,
        )

    def disclosed(self) -> Personal:
        """What is personal. Raises `Problem` 410 after erasure."""
        if self.personal is None:
            raise erased()
        return self.personal


def erased() -> Problem:
    """The learner was erased."""
    return Problem(
        410,
        "erased",
        "Everything personal of this credential was destroyed when its learner was erased.",
        fix="Nothing can bring it back; issue it anew if the learner asks for it.",
    )


@router.get("/credentials")
async def page(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    after: UUID = _FIRST,
    component: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> CredentialPage:
    """What your institution issued."""
    async with storage.reading(caller.tenant) as tx:
        institution = await store.institution(tx, caller.tenant)
        found = await store.list_credentials(tx, after, component, limit) if institution else []
    views = [Issued.open(vault, institution, one).view() for one in found] if institution else []
    return CredentialPage(credentials=views, next=views[-1].credential_id if len(views) == limit else None)


@router.get("/credentials/{credential}")
async def show(caller: Issuer, storage: StoreOf, vault: VaultOf, credential: UUID) -> CredentialDetail:
    """One credential of your institution, with the form that travels."""
    async with storage.reading(caller.tenant) as tx:
        found = await find(tx, vault, caller.tenant, credential)
    return CredentialDetail(**dict(found.view()), credential=found.kept.bus_form)


@router.get("/credentials/{credential}/holder-form", response_model=HolderForm)
async def holder_form(
    caller: Issuer, storage: StoreOf, vault: VaultOf, credential: UUID, response: Response
) -> HolderForm:
    """The credential with every disclosure, to be handed to the learner."""
    async with storage.reading(caller.tenant) as tx:
        found = await find(tx, vault, caller.tenant, credential)
    response.headers["Cache-Control"] = "no-store"
    return HolderForm(
        credential_id=issuing.urn(found.kept.id),
        credential=issuing.holder_form(found.kept.bus_form, found.disclosed()),
    )


class NewLink(BaseModel):
    """That the holder's link was made anew; the link itself is with the credential."""

    credential_id: str
    serial: int


@router.post("/credentials/{credential}/link", response_model=NewLink)
async def renew_link(
    caller: Issuer, storage: StoreOf, vault: VaultOf, key: Key, request: Request, credential: UUID
) -> Response:
    """Makes a new link for the holder; the old one leads nowhere from then on."""

    async def effect(tx: Connection) -> Answer:
        if await store.lock_credential(tx, credential) is None:
            raise not_found("credential")
        found = await find(tx, vault, caller.tenant, credential)
        found.disclosed()
        serial = (found.kept.link_serial or 0) + 1
        digest = links.digest(vault.link_secret(caller.tenant, credential, serial))
        await store.set_link(tx, caller.tenant, credential, digest, serial)
        # Without the link: answers are kept for a while, and its token is stored nowhere.
        return Answer(200, NewLink(credential_id=issuing.urn(credential), serial=serial))

    return await storage.write(request, caller, key, effect)


class Erasure(Value):
    """Whom to erase."""

    learner_id: Short
    """The learner's id at the institution."""


class Erased(BaseModel):
    """What erasing came to."""

    credentials: int
    """So many credentials have lost everything personal; their signed facts stay."""


@router.post("/learners/erasure", response_model=Erased)
async def erase(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    key: Key,
    request: Request,
    body: Annotated[Erasure, AS_GIVEN],
) -> Response:
    """Erases a learner: destroys the key to everything personal, what it sealed, and the links to it."""
    wanted = read_body(Erasure, body)

    async def effect(tx: Connection) -> Answer:
        ref = vault.reference("learner", caller.tenant, wanted.learner_id)
        count = await store.erase_learner(tx, ref, storage.clock.now())
        if count is None:
            raise not_found("learner")
        return Answer(200, Erased(credentials=count))

    return await storage.write(request, caller, key, effect)


async def find(tx: Connection, vault: Vault, tenant: str, credential: UUID) -> Issued:
    """One credential of the tenant. Raises `Problem` 404."""
    institution, kept = await store.institution(tx, tenant), await store.credential(tx, credential)
    if institution is None or kept is None:
        raise not_found("credential")
    return Issued.open(vault, institution, kept)
