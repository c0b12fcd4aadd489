"""Institutions: registered once with a web identity, and changed afterwards.

Every change is one transaction: the rows, the public documents, and `issuer.changed` with the whole state.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AfterValidator, ConfigDict, Field

from mutua_credentials import identities
from mutua_credentials.annex_i import Identifier
from mutua_credentials.annex_i.fields import Text, Value, refused
from mutua_issuer import store
from mutua_issuer.api.institution_state import InstitutionView, changed, identifier_taken, own, view
from mutua_issuer.api.keys import new_keys
from mutua_issuer.api.parts import AS_GIVEN, Issuer, VaultOf, read_body
from mutua_issuer.domain import identifiers
from mutua_issuer.domain import institution as institutions
from mutua_issuer.domain.examples import REGISTRATION
from mutua_issuer.domain.identifiers import Binding
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.keys import Window, whole_second
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
            identifiers=identifiers.declared(
                [identifiers.of_tenant(caller.tenant, now)], _stated(caller.tenant, wanted)
            ),
            since=today(storage.clock),
            version=1,
            keys=new_keys(vault, caller.tenant, Window(whole_second(now))),
        )
        if not await store.register(tx, new):
            raise await _taken(tx, new)
        await store.add_keys(tx, new.id, new.keys)
        if taken := await store.set_identifiers(tx, new.id, new.iso_country, new.identifiers):
            raise identifier_taken(taken)
        return await changed(tx, new, 201)

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
    """Replaces names, country and declared identifiers of your institution.

    Identifiers that rest on more than your own word stay.
    """
    wanted = read_body(Profile, body)

    async def effect(tx: Connection) -> Answer:
        found = await own(tx, caller.tenant, institution)
        known = identifiers.declared(found.identifiers, _stated(caller.tenant, wanted))
        state = replace(found, names=wanted.names, country=wanted.country, identifiers=known)
        if taken := await store.set_identifiers(tx, found.id, state.iso_country, known):
            raise identifier_taken(taken)
        return await changed(tx, replace(state, version=await store.change_institution(tx, state)), 200)

    return await storage.write(request, caller, key, effect)


@router.get("/issuers/{institution}")
async def show(caller: Issuer, storage: StoreOf, institution: str) -> InstitutionView:
    """Your institution with every key that ever signed for it."""
    async with storage.reading(caller.tenant) as tx:
        found = await store.institution(tx, caller.tenant) if institution == caller.tenant else None
    if found is None:
        raise not_found("institution", fix="Register it first: POST /issuers.")
    return view(found)


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


def _stated(tenant: str, wanted: Profile) -> list[Binding]:
    given = [Binding(one.scheme, one.value) for one in wanted.identifiers]
    other = next((one.value for one in given if one.scheme == "DEQARINST" and one.value != tenant), None)
    if other is not None:
        raise Problem(
            422,
            "identifier_of_another",
            "An institution is registered under the DEQAR id of its own token only.",
            found=other,
            expected=tenant,
            fix="Leave the DEQARINST identifier out, or use a token of that institution.",
        )
    return given


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
