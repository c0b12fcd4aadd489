"""Institutions: registered once with a web identity, changed and given new keys afterwards.

Every change is one transaction: the rows, the public documents, and `issuer.changed` with the whole state.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from mutua_credentials import identities, issuer_documents
from mutua_credentials.annex_i import Identifier
from mutua_credentials.annex_i.fields import Text, Value, refused
from mutua_credentials.keys import PrivateKey
from mutua_issuer import events, store
from mutua_issuer.api.parts import AS_GIVEN, Issuer, VaultOf, not_registered, read_body
from mutua_issuer.domain import institution as institutions
from mutua_issuer.domain.examples import REGISTRATION
from mutua_issuer.domain.institution import Institution, NoRotation, SigningKey
from mutua_issuer.domain.vault import Vault
from mutua_kernel.clock import today
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf

router = APIRouter(tags=["institutions"])


def _country(name: str) -> str:
    code = institutions.country_code(name)
    if code is None:
        raise refused("unknown_code", "a code of ISO 3166-1, or of a sub-system such as BE-fl")
    return code


def _web_identity(iss: str) -> str:
    if identities.did_web_from_url(iss) is None:
        raise refused(
            "no_web_identity", "an https URL of a host, without query, such as https://univ-lisvik.example"
        )
    return identities.canonical_identity(iss)


class Profile(Value):
    """What may change about an institution."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{name: REGISTRATION[name] for name in REGISTRATION if name != "iss"}]}
    )

    names: Text
    """Official name by language (BCP 47)."""
    country: Annotated[str, AfterValidator(_country)]
    """Country of the legal seat: ISO 3166-1 (`NO`, also `NOR`) or a sub-system of higher education
    (`BE-fl`)."""
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=20)] = ()
    """Everything it is known by; its DEQARINST id is your token's tenant and need not be said."""


class Registration(Profile):
    """An institution that is to issue here. Its id is the tenant of the token."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION]})

    iss: Annotated[str, Field(max_length=300), AfterValidator(_web_identity)]
    """Web identity: `iss` of all its credentials, and of its did:web. It never changes."""


class NewKey(Value):
    """When the new key takes over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"valid_from": "2026-12-01T00:00:00Z"}]})

    valid_from: AwareDatetime | None = None
    """First second at which it signs, at most 90 days ahead; five seconds from now without it."""


class KeyView(BaseModel):
    """A key and the time in which it speaks for the institution."""

    kid: str
    alg: str = "ES256"
    jwk: Mapping[str, str]
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


class InstitutionView(BaseModel):
    """An institution as it is registered."""

    id: str
    iss: str
    did: str
    names: Mapping[str, str]
    country: str
    identifiers: list[Identifier]
    since: date
    version: int
    keys: list[KeyView]


@router.post("/issuers", status_code=201, response_model=InstitutionView)
async def register(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    key: Key,
    request: Request,
    body: Annotated[Registration, AS_GIVEN],
) -> Response:
    """Registers your institution and makes its first signing key."""
    wanted = read_body(Registration, body)
    _refuse_other_tenants(caller.tenant)
    did = identities.did_web_from_url(wanted.iss)
    assert did is not None, "checked with the body"

    async def effect(tx: Connection) -> Answer:
        now = storage.clock.now()
        new = Institution(
            id=caller.tenant,
            iss=wanted.iss,
            did=did,
            names=wanted.names,
            country=wanted.country,
            identifiers=_identifiers(caller.tenant, wanted),
            since=today(storage.clock),
            version=1,
            keys=(_new_key(vault, caller.tenant, institutions.whole_second(now)),),
        )
        if not await store.register(tx, new):
            raise await _taken(tx, new)
        await store.add_key(tx, new.id, new.keys[0])
        return await _changed(tx, new, 201)

    return await storage.write(request, caller, key, effect)


@router.put("/issuers/{institution}", response_model=InstitutionView)
async def change(
    caller: Issuer,
    storage: StoreOf,
    key: Key,
    request: Request,
    institution: str,
    body: Annotated[Profile, AS_GIVEN],
) -> Response:
    """Replaces names, country and identifiers of your institution."""
    wanted = read_body(Profile, body)

    async def effect(tx: Connection) -> Answer:
        found = await _own(tx, caller.tenant, institution)
        changed = replace(
            found,
            names=wanted.names,
            country=wanted.country,
            identifiers=_identifiers(caller.tenant, wanted),
        )
        return await _changed(tx, replace(changed, version=await store.change_institution(tx, changed)), 200)

    return await storage.write(request, caller, key, effect)


@router.get("/issuers/{institution}")
async def show(caller: Issuer, storage: StoreOf, institution: str) -> InstitutionView:
    """Your institution with every key that ever signed for it."""
    async with storage.reading(caller.tenant) as tx:
        found = await store.institution(tx, caller.tenant) if institution == caller.tenant else None
    if found is None:
        raise not_found("institution", fix="Register it first: POST /issuers.")
    return _view(found)


@router.post("/issuers/{institution}/keys", status_code=201, response_model=InstitutionView)
async def rotate(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    key: Key,
    request: Request,
    institution: str,
    body: Annotated[NewKey, AS_GIVEN],
) -> Response:
    """Makes a new key that takes over from the present one. What the present one signed stays valid."""
    wanted = read_body(NewKey, body)

    async def effect(tx: Connection) -> Answer:
        found = await _own(tx, caller.tenant, institution)
        # Under the lock: whoever signs after it sees the new key.
        turn = institutions.rotation(found.keys, storage.clock.now(), wanted.valid_from)
        if isinstance(turn, NoRotation):
            raise Problem(
                409,
                turn.code,
                "The key cannot follow at that time.",
                found=turn.found,
                expected=turn.expected,
                fix="Choose another time, or leave valid_from out.",
            )
        last, start = turn
        new = _new_key(vault, found.id, start)
        await store.end_key(tx, found.id, last.kid, start)
        await store.add_key(tx, found.id, new)
        ended = tuple(replace(one, valid_to=start) if one.kid == last.kid else one for one in found.keys)
        version = await store.change_institution(tx, found)
        return await _changed(tx, replace(found, keys=(*ended, new), version=version), 201)

    return await storage.write(request, caller, key, effect)


async def _changed(tx: Connection, state: Institution, status: int) -> Answer:
    """Publishes the documents of the new state and states it."""
    records = state.key_records()
    await store.publish(
        tx,
        state,
        issuer_documents.did_document(state.iss, records),
        issuer_documents.jwt_vc_issuer(state.iss, records),
    )
    return Answer(status, _view(state), emit=(events.issuer_changed(state),))


async def _own(tx: Connection, tenant: str, named: str) -> Institution:
    found = await store.lock_institution(tx, tenant) if named == tenant else None
    if found is None:
        raise not_registered() if named == tenant else not_found("institution")
    return found


async def _taken(tx: Connection, new: Institution) -> Problem:
    if await store.institution(tx, new.id) is not None:
        return Problem(
            409,
            "already_registered",
            "Your institution is registered already.",
            found=new.id,
            expected="an institution that is not registered",
            fix=f"Change it with PUT /issuers/{new.id}.",
        )
    return Problem(
        409,
        "web_identity_taken",
        "Another institution is registered with this web identity.",
        found=new.iss,
        expected="a web identity of your own",
        fix="Use a host that is yours, or ask the operator.",
    )


def _new_key(vault: Vault, tenant: str, start: datetime) -> SigningKey:
    private = PrivateKey.generate()
    wrapped = vault.wrap(private.to_pem(), owner=institutions.key_owner(tenant, private.kid))
    return SigningKey(private.kid, private.public_jwk, start, wrapped=wrapped)


def _identifiers(tenant: str, wanted: Profile) -> tuple[tuple[str, str], ...]:
    own = ("DEQARINST", tenant)
    given = [(one.scheme, one.value) for one in wanted.identifiers]
    other = next((value for scheme, value in given if scheme == "DEQARINST" and value != tenant), None)
    if other is not None:
        raise Problem(
            422,
            "identifier_of_another",
            "An institution is registered under the DEQAR id of its own token only.",
            found=other,
            expected=tenant,
            fix="Leave the DEQARINST identifier out, or use a token of that institution.",
        )
    return tuple(dict.fromkeys((own, *given)))


def _refuse_other_tenants(tenant: str) -> None:
    if not tenant.startswith("DEQARINST"):
        raise Problem(
            403,
            "tenant_is_no_institution",
            "Only institutions issue here.",
            found=tenant,
            expected="a tenant with a DEQAR id, such as DEQARINST7105",
            fix="Use a token of an institution.",
        )


def _view(of: Institution) -> InstitutionView:
    return InstitutionView(
        id=of.id,
        iss=of.iss,
        did=of.did,
        names=of.names,
        country=of.country,
        identifiers=[Identifier(scheme=scheme, value=value) for scheme, value in of.identifiers],
        since=of.since,
        version=of.version,
        keys=[
            KeyView(kid=key.kid, jwk=key.jwk, valid_from=key.valid_from, valid_to=key.valid_to)
            for key in of.keys
        ],
    )
