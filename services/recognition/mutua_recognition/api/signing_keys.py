"""Keys that sign for an organisation: registered by two people, ended by one, read by anybody.

Institutions that issue publish theirs on `mutua.issuer`; alliances, offices and everybody else register them
here. Keys that the service holds for an organisation are shown as such.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from mutua_credentials.integrity import read_multikey, write_multikey
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf
from mutua_recognition.api import proposals
from mutua_recognition.api.bodies import Body, Page, View, new_router, page
from mutua_recognition.api.people import Coordinator, Reader, acting
from mutua_recognition.api.proposals import ProposalView
from mutua_recognition.api.refusals import problem_of
from mutua_recognition.domain.flaws import refused
from mutua_recognition.store import SQL

router = new_router("signing keys")

PublicKey = Annotated[
    str,
    Field(pattern=r"^z[1-9A-HJ-NP-Za-km-z]{40,60}$"),
]
EXAMPLE = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


class Registration(Body):
    """A public key of the organisation."""

    public_key: PublicKey = Field(examples=[EXAMPLE])
    """An Ed25519 key as Multikey (`publicKeyMultibase`)."""


class Ending(Body):
    """Why a key signs no more."""

    reason: Literal["rotated", "compromised"] = Field(examples=["rotated"])
    """After a compromise nothing that it signed enters the log any more."""


class SigningKeyView(View):
    """A key with the time in which it signs."""

    public_key: str
    """The key, as Multikey."""
    method: str
    """What a proof names as its `verificationMethod`."""
    organisation: str
    """For whom it signs."""
    holder: Literal["truster", "service"]
    """Who has its secret: the organisation, or the service that signs once two of its people have."""
    valid_from: datetime
    """From when on."""
    valid_to: datetime | None
    """Until when; null while it signs."""
    compromised_at: datetime | None
    """Since when it proves nothing; null while no compromise is known."""


@router.post("/signing-keys", status_code=201, response_model=ProposalView)
async def register(
    caller: Coordinator, store: StoreOf, key: Key, request: Request, body: Registration
) -> Response:
    """Puts a key forward; it signs from the second person's signature on.

    Codes: `not_a_key`; with the second signature `already_registered`.
    """
    jwk = read_multikey(body.public_key)
    if jwk is None or jwk.get("crv") != "Ed25519":
        expected = "an Ed25519 public key as Multikey, z6Mk..."
        raise problem_of(
            refused("not_a_key", "/public_key", body.public_key, expected), "This is no key that signs."
        )

    async def effect(tx: Connection) -> Answer:
        subject = {"id": method_of(body.public_key), "jwk": jwk}
        return await proposals.put_forward(tx, "signing_key", subject, acting(caller, request, store))

    return await store.write(request, caller, key, effect)


@router.post("/signing-keys/{public_key}/end", response_model=SigningKeyView)
async def end_key(
    caller: Coordinator,
    store: StoreOf,
    key: Key,
    request: Request,
    public_key: Annotated[PublicKey, Path(examples=[EXAMPLE])],
    body: Ending,
) -> Response:
    """Ends an own key at once: one person is enough. What it signed before stays in the log."""

    async def effect(tx: Connection) -> Answer:
        method, now = method_of(public_key), store.clock.now()
        compromised = now if body.reason == "compromised" else None
        await tx.execute(SQL["end_signing_key"], method, now, compromised)
        row = await tx.fetchrow(SQL["signing_key"], method)
        if row is None or row["tenant"] != caller.tenant:
            raise not_found("key of your organisation")
        return Answer(200, _of(row))

    return await store.write(request, caller, key, effect)


@router.get("/signing-keys")
async def signing_keys(
    caller: Reader,
    store: StoreOf,
    organisation: Annotated[
        str | None, Query(pattern=r"^[\x21-\x7e]{1,100}$", description="The caller's own without it")
    ] = None,
) -> Page[SigningKeyView]:
    """All keys of an organisation, oldest first; those that issuers publish are in their DID documents."""
    whose = organisation or caller.tenant
    async with store.reading(caller.tenant) as tx:
        await tx.execute(SQL["name_organisation"], whose)
        rows = await tx.fetch(SQL["signing_keys_of"], whose)
    return page([_of(row) for row in rows], len(rows) + 1, None)


def method_of(public_key: str) -> str:
    """The verification method of a key that is its own identifier."""
    return f"did:key:{public_key}#{public_key}"


def _of(row: Mapping[str, Any]) -> SigningKeyView:
    return SigningKeyView(
        public_key=write_multikey(json.loads(row["jwk"])),
        method=row["id"],
        organisation=row["tenant"],
        holder=row["holder"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        compromised_at=row["compromised_at"],
    )
