"""What we issue, as libraries read it that nobody of us wrote: openvc-core, sd-jwt, jwcrypto.

Their clock is the machine's, and so is the issuer's here.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jwt import JWT
from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.resolvers import default_status_list_resolver, default_status_list_token_resolver
from openvc.verify import CredentialRevoked, VerificationPolicy, VerificationResult, verify_credential
from sd_jwt.verifier import SDJWTVerifier

from mutua_credentials.linked_data import allow_list
from mutua_credentials.verify.documents import MappingDocuments
from mutua_issuer.domain.examples import AWARD
from tests.in_process import SettableClock

from .conftest import Institution

pytestmark = pytest.mark.servers

NAMES = ("sd-jwt-vc", "vc-jwt", "open-badge")


@pytest.fixture
async def forms(lisvik: Institution, http: httpx.AsyncClient, clock: SettableClock) -> dict[str, str]:
    """A credential in every form, issued now."""
    clock.at = datetime.now(UTC)
    await lisvik.ready_to_issue()
    number = (await lisvik.post("/credentials", AWARD)).json()["credential_id"]
    link = httpx.URL((await lisvik.get(f"/credentials/{number}")).json()["holder_url"]).path
    return {name: (await http.get(f"{link}/{name}")).text for name in NAMES}


def judged(form: str, documents: MappingDocuments) -> VerificationResult:
    """As openvc-core verifies it, with nothing but what the issuer publishes. Raises its errors."""

    def text(url: str) -> str:
        return documents.by_url[url].decode()

    def document(url: str) -> dict[str, Any]:
        return json.loads(documents.by_url[url])

    resolver = DidResolverRegistry([DidWebResolver(document)])
    trust = {"resolver": resolver, "jwt_vc_issuer_fetch": document}
    ours = {url: allow_list.load(url) for url in allow_list.index()}
    return verify_credential(
        json.loads(form) if form.startswith("{") else form,
        policy=VerificationPolicy(require_status_issuer_binding=True),
        resolve_status_list=default_status_list_resolver(fetch=text, **trust),
        resolve_status_list_token=default_status_list_token_resolver(fetch=text, **trust),
        extra_contexts=ours,
        **trust,
    )


@pytest.mark.parametrize("name", ["sd-jwt-vc", "open-badge"])
async def test_openvc_accepts_every_form_with_its_status(
    forms: dict[str, str], anybody: Callable[..., Any], name: str
) -> None:
    result = judged(forms[name], await anybody(forms[name]))
    assert "univ-lisvik.example" in str(result.issuer)


@pytest.mark.parametrize("name", ["sd-jwt-vc", "open-badge"])
async def test_openvc_refuses_every_form_of_a_revoked_credential(
    lisvik: Institution, forms: dict[str, str], anybody: Callable[..., Any], name: str
) -> None:
    (one,) = (await lisvik.get("/credentials")).json()["credentials"]
    body = {"status": "revoked", "reason": "replaced"}
    assert (await lisvik.post(f"/credentials/{one['credential_id']}/status", body)).status_code == 200
    with pytest.raises(CredentialRevoked):
        judged(forms[name], await anybody(forms[name]))


async def test_sd_jwt_discloses_what_the_holder_has(
    forms: dict[str, str], anybody: Callable[..., Any]
) -> None:
    documents = await anybody(forms["sd-jwt-vc"])
    listed = json.loads(documents.by_url["https://univ-lisvik.example/.well-known/jwt-vc-issuer"])

    def key_of(issuer: str, header: dict[str, Any]) -> JWK:
        assert issuer == listed["issuer"]
        return JWK(**next(key for key in listed["jwks"]["keys"] if key["kid"] == header["kid"]))

    claims = SDJWTVerifier(forms["sd-jwt-vc"], key_of).get_verified_payload()
    assert claims["learner"] == AWARD["award"]["learner"]
    assert claims["grade"] == AWARD["award"]["grade"]


async def test_jwcrypto_verifies_the_w3c_token(forms: dict[str, str], anybody: Callable[..., Any]) -> None:
    """openvc-core reads the older `vc` claim only."""
    documents = await anybody(forms["vc-jwt"])
    did = json.loads(documents.by_url["https://univ-lisvik.example/.well-known/did.json"])
    methods = {method["id"]: method for method in did["verificationMethod"]}
    read = JWT(jwt=forms["vc-jwt"], algs=["ES256"], expected_type="JWS")
    kid = read.token.jose_header["kid"]
    assert kid in did["assertionMethod"]
    read.validate(JWK(**methods[kid]["publicKeyJwk"]))
    assert json.loads(read.claims)["issuer"]["id"] == did["id"]
