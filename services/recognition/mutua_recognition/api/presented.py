"""A credential that somebody presents: read without belief, stripped of the learner, then proven or not.

What cannot be read is refused with an INTAKE code; it is no evidence of anything. A credential may claim an
id of its own only where its signature is proven by a known key: else it is called by its digest, so that
nobody can take the place of another's credential.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from mutua_contracts.ids import effect_id
from mutua_credentials import json_text, sdjwt
from mutua_credentials.annex_i import ELEMENTS, PERSONAL
from mutua_credentials.sdjwt.issuing import CREDENTIAL_ID
from mutua_credentials.verify import Result, Verification, verify
from mutua_credentials.verify.recognise import Recognised, recognise
from mutua_recognition.domain.facts import content_of
from mutua_recognition.domain.flaws import Flaw, Refused, refused
from mutua_recognition.issuers import Issuers

FORMAT: Final = "sd-jwt-vc"
LARGEST: Final = 256 * 1024
REISSUE: Final = "ask the issuer for it as an SD-JWT VC whose personal claims can be withheld"


@dataclass(frozen=True, slots=True)
class Presented:
    """What is kept of it. `bus_form` is the issuer-signed JWT alone, the same for everybody; `disclosed` has
    the disclosures beside it that are not about a person, None where there are none.
    """

    claimed_id: str | None
    digest: str
    bus_form: str
    disclosed: str | None


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proven signature lets be believed. Entity ids, null where the credential does not say."""

    issuer: str
    awarding_body: str | None
    country: str | None
    component: str | None
    award_date: date | None


def read_presented(text: str) -> Presented | Refused:
    """The credential without its learner, or why it cannot be taken in.

    Codes: `INTAKE.TOO_LARGE`, `INTAKE.UNKNOWN_FORMAT`, `INTAKE.MALFORMED`, `personal_in_clear`.
    """
    if len(text) > LARGEST:
        return _refused("INTAKE.TOO_LARGE", f"{len(text)} characters", f"at most {LARGEST}")
    known = recognise(text.encode("utf-8", "surrogatepass"))
    if not isinstance(known, Recognised):
        failed = known.check.result is Result.FAIL
        code = "INTAKE.MALFORMED" if failed else "INTAKE.UNKNOWN_FORMAT"
        return _refused(code, known.check.code, known.check.expected or "a credential")
    if known.format != FORMAT:
        return _refused("INTAKE.UNKNOWN_FORMAT", known.format, FORMAT)
    token = known.token
    resolved = sdjwt.resolve(token.payload, token.disclosures)
    if isinstance(resolved, json_text.Refused):
        return _refused("INTAKE.MALFORMED", resolved.code, resolved.expected)
    if resolved.unreferenced:
        return _refused("INTAKE.MALFORMED", "disclosure_not_signed", "disclosures that the issuer signed")
    personal = _personal(token.bus_form)
    if personal is not None:
        return personal
    kept = [each for each in token.disclosures if _about_the_course(resolved.paths[each])]
    claimed = token.payload.get("jti")
    return Presented(
        claimed_id=claimed if isinstance(claimed, str) and CREDENTIAL_ID.fullmatch(claimed) else None,
        digest=token.digest,
        bus_form=token.bus_form,
        disclosed=token.bus_form + "".join(each + "~" for each in kept) if kept else None,
    )


def prove(presented: Presented, issuers: Issuers, now: datetime) -> Proven | None:
    """What its signature proves by the keys known here; None where it proves nothing, or nobody can tell."""
    found = verify(presented.disclosed or presented.bus_form, as_of=now, keys=issuers.keys)
    issuer = issuers.entity(found.issuer.id) if found.issuer is not None else None
    return None if issuer is None else _proven(issuer, found)


def derived_id(digest: str) -> str:
    """The id of a credential that cannot claim its own."""
    return f"urn:uuid:{effect_id('presented', digest)}"


def _proven(issuer: str, found: Verification) -> Proven:
    if found.annex_i is None:
        return Proven(issuer, None, None, None, None)
    content = content_of(found.annex_i)
    body = content.awarding_body
    return Proven(
        issuer=issuer,
        awarding_body=body.identifier("DEQARINST") if body else None,
        country=(body.country if body else None) or content.country,
        component=content.component,
        award_date=content.award_date,
    )


def _about_the_course(path: str) -> bool:
    element = path.split("/")[1]
    return element in ELEMENTS and element not in PERSONAL


def _personal(bus_form: str) -> Refused | None:
    """Members in clear that are, or may be, about a person. Values of known elements may be odd: that is for
    the stages to say.
    """
    found = [leak for leak in sdjwt.leaks(bus_form) if leak.code != "unknown_value"]
    if not found:
        return None
    expected = "nothing about a person in the signed part"
    return Refused(
        tuple(
            Flaw("personal_in_clear", f"/credential{leak.path}", leak.code, expected, REISSUE)
            for leak in found
        )
    )


def _refused(code: str, found: str, expected: str) -> Refused:
    return refused(code, "/credential", found, expected, REISSUE)
