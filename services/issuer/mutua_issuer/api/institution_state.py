"""An institution as the routes show, change, publish and state it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel

from mutua_credentials import issuer_documents
from mutua_issuer import events, store
from mutua_issuer.domain.identifiers import Confidence, Source
from mutua_issuer.domain.institution import Institution, SigningKey
from mutua_kernel.database import Connection
from mutua_kernel.http.problems import Problem, not_found
from mutua_kernel.http.writes import Answer


class KeyView(BaseModel):
    """A key and the time in which it speaks for the institution."""

    kid: str
    alg: str
    jwk: Mapping[str, str]
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None
    compromised_at: AwareDatetime | None


class IdentifierView(BaseModel):
    """One identifier of an institution, and what it rests on."""

    scheme: str
    value: str
    source: Source
    confidence: Confidence
    checked_at: AwareDatetime | None


class InstitutionView(BaseModel):
    """An institution as it is registered."""

    id: str
    iss: str
    did: str
    names: Mapping[str, str]
    country: str
    identifiers: list[IdentifierView]
    since: date
    version: int
    keys: list[KeyView]
    """For tokens: SD-JWT VC, vc+jwt, status lists."""
    proof_keys: list[KeyView]
    """For Data Integrity proofs: Open Badges."""


def view(of: Institution) -> InstitutionView:
    """The institution as it is shown to itself."""
    return InstitutionView(
        id=of.id,
        iss=of.iss,
        did=of.did,
        names=of.names,
        country=of.country,
        identifiers=[IdentifierView.model_validate(one, from_attributes=True) for one in of.identifiers],
        since=of.since,
        version=of.version,
        keys=[_key(key) for key in of.keys_of("ES256")],
        proof_keys=[_key(key) for key in of.keys_of("Ed25519")],
    )


async def changed(tx: Connection, state: Institution, status: int) -> Answer:
    """Publishes the documents of the new state and states it."""
    records = state.key_records()
    documents: tuple[dict[str, Any], dict[str, Any]] = (
        issuer_documents.did_document(state.iss, records),
        issuer_documents.jwt_vc_issuer(state.iss, records),
    )
    await store.publish(tx, state, *documents)
    return Answer(status, view(state), emit=(events.issuer_changed(state),))


async def own(tx: Connection, tenant: str, named: str) -> Institution:
    """The caller's institution, locked. Raises `Problem` where it is not registered, or another one is
    named."""
    if named != tenant:
        raise not_found("institution")
    return await locked(tx, tenant)


async def locked(tx: Connection, tenant: str) -> Institution:
    """The caller's institution, which nobody else changes before the transaction ends. Raises `Problem` where
    it is not registered."""
    return _registered(await store.lock_institution(tx, tenant))


async def held(tx: Connection, tenant: str) -> Institution:
    """The same; its keys stay what they are, and others may hold it too."""
    return _registered(await store.hold_institution(tx, tenant))


def _registered(found: Institution | None) -> Institution:
    if found is None:
        raise Problem(
            409,
            "issuer_not_registered",
            "Your institution is not registered as an issuer here.",
            found="no institution with the id of your token's tenant",
            expected="a registered institution",
            fix="Register it first: POST /issuers.",
        )
    return found


def identifier_taken(taken: set[tuple[str, str]]) -> Problem:
    """Another institution has proven that one of these is its own."""
    named = sorted(taken)[0]
    return Problem(
        409,
        "identifier_taken",
        "Another institution has proven that this identifier is its own.",
        found=f"{named[0]} {named[1]}",
        expected="identifiers of your own",
        fix="Leave it out, or ask the operator to look at both claims.",
    )


def _key(key: SigningKey) -> KeyView:
    return KeyView(
        kid=key.kid,
        alg=key.alg,
        jwk=key.jwk,
        valid_from=key.valid_from,
        valid_to=key.valid_to,
        compromised_at=key.compromised_at,
    )
