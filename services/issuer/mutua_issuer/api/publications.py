"""What everybody may read without a token: the documents by which institutions publish their keys, and the
context of our own terms.

An institution's own host (by `Host`, as a proxy in front passes it on) shows them at the places that
did:web and SD-JWT VC name; they are also found under the institution's id.
"""

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from mutua_credentials.identities import canonical_identity
from mutua_credentials.linked_data import allow_list
from mutua_issuer import store
from mutua_kernel.http.problems import Problem
from mutua_kernel.http.writes import StoreOf

router = APIRouter(tags=["published documents"])

_CONTEXT = json.dumps(allow_list.load(allow_list.ANNEX_I), indent=2)
_HEADERS = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}


@router.get("/issuers/{institution}/did.json")
async def did_of_institution(storage: StoreOf, institution: str) -> Response:
    """The did:web document of an institution."""
    return _answer(await _of_institution(storage, institution), 0)


@router.get("/issuers/{institution}/jwt-vc-issuer")
async def metadata_of_institution(storage: StoreOf, institution: str) -> Response:
    """The JWT VC issuer metadata of an institution."""
    return _answer(await _of_institution(storage, institution), 1)


@router.get("/.well-known/did.json")
async def did_of_host(storage: StoreOf, request: Request) -> Response:
    """The did:web document of the host that is asked."""
    return _answer(await _of_host(storage, request, ""), 0)


@router.get("/.well-known/jwt-vc-issuer")
async def metadata_of_host(storage: StoreOf, request: Request) -> Response:
    """The JWT VC issuer metadata of the host that is asked."""
    return _answer(await _of_host(storage, request, ""), 1)


@router.get("/.well-known/jwt-vc-issuer/{path:path}")
async def metadata_of_path(storage: StoreOf, request: Request, path: str) -> Response:
    """The JWT VC issuer metadata of a web identity with a path."""
    return _answer(await _of_host(storage, request, path), 1)


@router.get("/contexts/annex-i/v1")
async def annex_i_context() -> Response:
    """The JSON-LD context for what Open Badges lack of Annex I. It never changes: another text is another
    `v`."""
    headers = {**_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_CONTEXT, media_type="application/ld+json", headers=headers)


@router.get("/{path:path}/did.json")
async def did_of_path(storage: StoreOf, request: Request, path: str) -> Response:
    """The did:web document of a web identity with a path."""
    return _answer(await _of_host(storage, request, path), 0)


async def _of_host(storage: StoreOf, request: Request, path: str) -> tuple[str, str] | None:
    iss = canonical_identity(f"https://{request.headers.get('host', '').lower()}/{path}".rstrip("/"))
    if not iss.isprintable():
        return None
    async with storage.pool.acquire() as connection:
        return await store.publication_of_host(connection, iss)


async def _of_institution(storage: StoreOf, institution: str) -> tuple[str, str] | None:
    if not institution.isprintable():
        return None
    async with storage.pool.acquire() as connection:
        return await store.publication_of_institution(connection, institution)


def _answer(documents: tuple[str, str] | None, which: int) -> Response:
    if documents is None:
        raise Problem(
            404,
            "not_found",
            "No institution publishes its keys here.",
            expected="the host of a registered institution, or its id",
            fix="Ask by the host in the credential's iss.",
        )
    return Response(documents[which], media_type="application/json", headers=_HEADERS)
