"""Key binding (RFC 9901, section 7.3): whether the presenter holds the key that the issuer named in `cnf`."""

from typing import Any, cast

from mutua_credentials import jws
from mutua_credentials.json_text import Refused
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.sdjwt.presenting import KEY_BINDING_TYP
from mutua_credentials.sdjwt.token import SdJwt, read_payload
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.result import Check, CheckName, failed, passed, skipped

NAME = CheckName.HOLDER_BINDING


def check_holder_binding(token: SdJwt, given: Given) -> Check:
    """Skipped only where neither the token brings a proof nor the asker demands one."""
    if token.key_binding is None:
        if given.nonce is None and given.audience is None:
            return skipped(NAME, "not_asked")
        return _fail("key_binding_missing", "none", "a key-binding JWT for this nonce and audience")
    return _check(token, token.key_binding, given)


def _check(token: SdJwt, text: str, given: Given) -> Check:
    jwk = _holder_key(token)
    if jwk is None:
        return _fail("holder_key_missing", "no cnf.jwk", "the holder's key in cnf.jwk")
    proof = jws.split(text)
    if isinstance(proof, Refused):
        return _fail("key_binding_malformed", proof.found, proof.expected)
    if proof.header.get("typ") != KEY_BINDING_TYP:
        return _fail("key_binding_malformed", repr(proof.header.get("typ"))[:80], f"typ {KEY_BINDING_TYP}")
    claims = read_payload(proof)
    if isinstance(claims, Refused):
        return _fail("key_binding_malformed", claims.found, claims.expected)
    verified = jws.verifies(proof, jwk)
    if isinstance(verified, Refused):
        return _fail(verified.code, verified.found, verified.expected)
    if not verified:
        return _fail("key_binding_wrong", "another signature", "one by the key in cnf.jwk")
    algorithm = str(token.payload.get("_sd_alg", disclosures.SD_ALG))
    if claims.get("sd_hash") != disclosures.digest(token.bound_part.decode("ascii"), algorithm):
        return _fail(
            "key_binding_for_another", repr(claims.get("sd_hash"))[:80], "the hash of this presentation"
        )
    iat = claims.get("iat")
    if not isinstance(iat, int | float) or iat > (given.as_of + given.leeway).timestamp():
        return _fail("key_binding_time", repr(iat)[:80], "iat, not in the future")
    for name, demanded in (("nonce", given.nonce), ("aud", given.audience)):
        found = claims.get(name)
        if not isinstance(found, str) or (demanded is not None and found != demanded):
            return _fail(f"key_binding_{name}", repr(found)[:80], demanded or f"{name}, a text")
    return passed(NAME, "bound")


def _holder_key(token: SdJwt) -> dict[str, str] | None:
    confirmation: Any = token.payload.get("cnf")
    jwk = cast("dict[str, Any]", confirmation).get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        return None
    return {name: text for name, text in cast("dict[str, Any]", jwk).items() if isinstance(text, str)}


def _fail(code: str, found: str, expected: str) -> Check:
    return failed(NAME, code, found, expected)
