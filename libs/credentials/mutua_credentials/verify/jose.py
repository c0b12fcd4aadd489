"""A credential secured by a JWT or SD-JWT: its signature, whose key that was, and the holder's proof."""

from mutua_credentials.json_text import Refused
from mutua_credentials.verify.certificates import bind_certificate, certificate_key
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.holder_binding import check_holder_binding
from mutua_credentials.verify.issuer_binding import bind
from mutua_credentials.verify.key_finding import find_keys
from mutua_credentials.verify.reading import Reading
from mutua_credentials.verify.recognise import Recognised, Token
from mutua_credentials.verify.result import CheckName, Result, failed, unknown
from mutua_credentials.verify.securing import COVERED, Secured
from mutua_credentials.verify.signature import check_signature, refused_header


def secure_jose(found: Recognised, reading: Reading, given: Given) -> Secured:
    """Every byte is signed, so contexts need no check. A key that the token brings (`jwk`) is never looked
    at, and nothing is fetched for `jku` or `x5u`; a certificate (`x5c`) counts as far as its path does.
    """
    document: Token = found.document
    token, resolved = document.sd_jwt, document.resolved
    if isinstance(resolved, Refused):
        return Secured(
            COVERED, unknown(CheckName.SIGNATURE, resolved.code, resolved.found, resolved.expected)
        )
    if refused := refused_header(token.jwt):
        return Secured(COVERED, refused)
    kid = token.jwt.header.get("kid")
    leaf = certificate_key(token.jwt.header.get("x5c"))
    if isinstance(leaf, Refused):
        return Secured(COVERED, failed(CheckName.SIGNATURE, leaf.code, leaf.found, leaf.expected))
    named = kid if isinstance(kid, str) else None
    keys = (leaf.key,) if leaf else find_keys(reading.issuer, named, reading.signed_at, given)
    signature, key = check_signature(token, reading.issuer, named, keys, resolved, reading.signed_at, given)
    if key is None or signature.ends:
        return Secured(COVERED, signature)
    binding = bind(reading.issuer, key, reading.signed_at, given)
    if leaf:
        by_certificate = bind_certificate(leaf, reading.issuer, given)
        ranked = (Result.PASS, Result.FAIL, Result.UNKNOWN)
        binding = min(by_certificate, binding, key=lambda check: ranked.index(check.result))
    return Secured(
        COVERED, signature, issuer_binding=binding, holder_binding=check_holder_binding(token, given), key=key
    )
