"""Keys of an institution: made, followed by new ones, and declared compromised.

Both kinds of key, for tokens and for proofs, are made at registration and rotate together. A compromise
concerns one key; where it still had time to sign, a new one takes over in the same second.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, ConfigDict

from mutua_credentials.annex_i.fields import Value
from mutua_credentials.integrity import Ed25519Key
from mutua_credentials.keys import PrivateKey
from mutua_issuer import store
from mutua_issuer.api import institution_state
from mutua_issuer.api.institution_state import InstitutionView
from mutua_issuer.api.parts import AS_GIVEN, Issuer, VaultOf, read_body
from mutua_issuer.api.status_lists import StatusLists
from mutua_issuer.domain import keys
from mutua_issuer.domain.institution import Alg, Institution, SigningKey, key_owner
from mutua_issuer.domain.keys import NoFollowing, Window
from mutua_issuer.vault import Vault
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf

router = APIRouter(tags=["keys"])


class NewKey(Value):
    """When the new keys take over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"valid_from": "2026-12-01T00:00:00Z"}]})

    valid_from: AwareDatetime | None = None
    """First second at which they sign, at most 90 days ahead; five seconds from now without it."""


class Compromise(Value):
    """From when on others may have held the key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"compromised_at": "2026-11-19T22:00:00Z"}]})

    compromised_at: AwareDatetime
    """What the key signed from then on proves nothing; not in the future."""


def new_keys(vault: Vault, institution: str, window: Window) -> tuple[SigningKey, ...]:
    """A key of each kind for this time."""
    return tuple(_new_key(vault, institution, alg, window) for alg in ("ES256", "Ed25519"))


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
    """Makes new keys that take over from the present ones. What the present ones signed stays valid."""
    wanted = read_body(NewKey, body)

    async def effect(tx: Connection) -> Answer:
        found = await institution_state.own(tx, caller.tenant, institution)
        # Under the lock: whoever signs after it sees the new keys.
        start = keys.rotation(found.keys_of("ES256"), storage.clock.now(), wanted.valid_from)
        if isinstance(start, NoFollowing):
            raise Problem(
                409,
                start.code,
                "The key cannot follow at that time.",
                found=start.found,
                expected=start.expected,
                fix="Choose another time, or leave valid_from out.",
            )
        await store.end_keys(tx, found.id, start)
        await store.add_keys(tx, found.id, new_keys(vault, found.id, Window(start)))
        return await _restated(tx, found)

    return await storage.write(request, caller, key, effect)


@router.post("/issuers/{institution}/keys/{kid}/compromise", status_code=201, response_model=InstitutionView)
async def compromise(
    caller: Issuer,
    storage: StoreOf,
    vault: VaultOf,
    key: Key,
    request: Request,
    institution: str,
    kid: str,
    body: Annotated[Compromise, AS_GIVEN],
) -> Response:
    """Declares a key compromised from an instant on, tells everybody, and replaces it where it still signs.

    Verifiers refuse what it signed from then on, and doubt what says that it was signed before. An earlier
    instant may be told later, never a later one.
    """
    wanted = read_body(Compromise, body)

    async def effect(tx: Connection) -> Answer:
        found = await institution_state.own(tx, caller.tenant, institution)
        turn = keys.succession(found.keys, kid, wanted.compromised_at, storage.clock.now())
        if isinstance(turn, NoFollowing):
            raise _no_compromise(turn)
        lost, window = turn
        await store.mark_compromised(tx, found.id, kid, wanted.compromised_at)
        if window is not None:
            await store.add_keys(tx, found.id, [_new_key(vault, found.id, lost.alg, window)])
        answer = await _restated(tx, found)
        state = await store.institution(tx, found.id)
        assert state is not None, "it was locked"
        # What it said about status is worth nothing any more.
        await StatusLists(tx, vault, storage.clock, state).publish_all()
        return answer

    return await storage.write(request, caller, key, effect)


async def _restated(tx: Connection, before: Institution) -> Answer:
    """States the institution with the keys that it has now."""
    version = await store.change_institution(tx, before)
    state = await store.institution(tx, before.id)
    assert state is not None, "it was locked"
    return await institution_state.changed(tx, replace(state, version=version), 201)


def _no_compromise(why: NoFollowing) -> Problem:
    if why.code == "unknown_key":
        return not_found("key")
    return Problem(
        409,
        why.code,
        "This instant cannot be stated.",
        found=why.found,
        expected=why.expected,
        fix="State the earliest instant from which on others may have held the key.",
    )


def _new_key(vault: Vault, institution: str, alg: Alg, window: Window) -> SigningKey:
    private = PrivateKey.generate() if alg == "ES256" else Ed25519Key.generate()
    wrapped = vault.wrap(private.to_pem(), owner=key_owner(institution, private.kid))
    return SigningKey(private.kid, private.public_jwk, window.start, window.end, wrapped, alg)
