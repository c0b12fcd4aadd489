"""The holder's side: choose what to disclose, and bind a presentation to the one who asked for it."""

from collections.abc import Iterable
from datetime import datetime

from mutua_credentials import jws
from mutua_credentials.digests import canonical
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Signer
from mutua_credentials.pointers import is_below
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.sdjwt.token import SdJwt, parse

KEY_BINDING_TYP = "kb+jwt"


def present(holder_form: str, disclose: Iterable[str]) -> str | Refused:
    """The same credential with only what is named: JSON Pointers such as `/grade` or `/learner/family_name`.

    Everything at or below a pointer is disclosed, and what it stands in. Codes beside those of `parse` and
    `resolve`: `nothing_to_disclose` where a pointer names no disclosure.
    """
    token = parse(holder_form)
    if isinstance(token, Refused):
        return token
    resolved = disclosures.resolve(token.payload, token.disclosures)
    if isinstance(resolved, Refused):
        return resolved
    chosen: set[str] = set()
    for wanted in disclose:
        below = {text for text, path in resolved.paths.items() if is_below(path, wanted)}
        if not below:
            return Refused(
                "nothing_to_disclose", wanted[:200], "a pointer to something that can be disclosed"
            )
        chosen |= below | {text for text, path in resolved.paths.items() if is_below(wanted, path)}
    kept = tuple(text for text in token.disclosures if text in chosen)
    return SdJwt(token.jwt, token.payload, kept).text


def bind(presentation: str, *, holder: Signer, nonce: str, audience: str, at: datetime) -> str | Refused:
    """Attach a key-binding JWT (RFC 9901, section 4.3) by the holder's key. Codes: those of `parse`."""
    token = parse(presentation)
    if isinstance(token, Refused):
        return token
    algorithm = str(token.payload.get("_sd_alg", disclosures.SD_ALG))
    claims = {
        "aud": audience,
        "iat": int(at.timestamp()),
        "nonce": nonce,
        "sd_hash": disclosures.digest(token.bound_part.decode("ascii"), algorithm),
    }
    proof = jws.sign({"typ": KEY_BINDING_TYP}, canonical(claims), holder)
    return SdJwt(token.jwt, token.payload, token.disclosures, proof).text
