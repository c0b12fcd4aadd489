"""The run of ten checks over a JWT or SD-JWT, whatever its format: the reader of the format supplies the
facts.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mutua_credentials.annex_i import AnnexI, normalise
from mutua_credentials.identities import same_identity
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyRecord
from mutua_credentials.sdjwt.disclosures import Resolved, resolve
from mutua_credentials.sdjwt.token import VCT
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.holder_binding import check_holder_binding
from mutua_credentials.verify.reading import Reading
from mutua_credentials.verify.recognise import Recognised
from mutua_credentials.verify.result import (
    Check,
    CheckName,
    IssuerFound,
    Verification,
    complete,
    failed,
    passed,
    skipped,
)
from mutua_credentials.verify.sd_jwt_vc import read_sd_jwt_vc
from mutua_credentials.verify.signature import check_signature, instant_text
from mutua_credentials.verify.status import check_status
from mutua_credentials.verify.w3c_vc import read_w3c_vc

READERS: Mapping[str, Callable[[Mapping[str, Any]], Reading | Check]] = {
    "sd-jwt-vc": read_sd_jwt_vc,
    "w3c-vc": read_w3c_vc,
}


def verify_jose(recognised: Recognised, given: Given) -> Verification:
    """Run the checks in order; the first of the first four that does not hold ends the run."""
    token = recognised.token
    resolved = resolve(token.payload, token.disclosures) if recognised.selective else _whole(token.payload)
    claims = resolved.claims if isinstance(resolved, Resolved) else token.payload
    reading = READERS[recognised.format](claims)
    checks = [
        passed(CheckName.FORMAT, "recognised", recognised.securing),
        _structure(reading, resolved),
        skipped(CheckName.CONTEXTS, "covered_by_signature"),
    ]
    key: KeyRecord | None = None
    if isinstance(reading, Reading) and not checks[1].ends:
        signature, key = check_signature(token, reading.issuer, resolved, reading.signed_at, given)
        checks.append(signature)
    if not isinstance(reading, Reading) or key is None or any(check.ends for check in checks):
        return _answer(recognised, given, checks)
    checks += [
        _issuer_binding(reading.issuer, key),
        check_holder_binding(token, given),
        _dates(reading, given),
        check_status(reading.status, reading.issuer, given.as_of, given.statuses),
        reading.schema,
        skipped(CheckName.SEAL_LEVEL, "no_seal"),
    ]
    return _answer(recognised, given, checks, reading, key, _annex_i(resolved))


def _answer(
    recognised: Recognised,
    given: Given,
    checks: list[Check],
    reading: Reading | None = None,
    key: KeyRecord | None = None,
    annex_i: AnnexI | None = None,
) -> Verification:
    return Verification(
        format=recognised.format,
        securing=recognised.securing,
        as_of=given.as_of,
        checks=complete(checks),
        digest=recognised.digest,
        credential_id=reading.credential_id if reading else None,
        issued_at=reading.signed_at if reading else None,
        issuer=IssuerFound(reading.issuer, reading.issuer_name) if reading else None,
        key=key,
        annex_i=annex_i,
    )


def _whole(payload: Mapping[str, Any]) -> Resolved:
    """A plain JWT withholds nothing; `_sd` in it means nothing."""
    return Resolved(payload, {}, {}, ())


def _structure(reading: Reading | Check, resolved: Resolved | Refused) -> Check:
    if isinstance(reading, Check):
        return reading
    if isinstance(resolved, Refused) and resolved.code != "sd_alg_unsupported":
        return failed(CheckName.STRUCTURE, resolved.code, resolved.found, resolved.expected)
    return passed(CheckName.STRUCTURE, "well_formed")


def _issuer_binding(issuer: str, key: KeyRecord) -> Check:
    name, evidence = CheckName.ISSUER_BINDING, {"source": key.source, "as_of": instant_text(key.as_of)}
    if same_identity(key.issuer, issuer):
        return passed(name, "key_listed_by_issuer", key.issuer, expected=issuer, evidence=evidence)
    return failed(name, "key_of_another", key.issuer, issuer, evidence=evidence)


def _dates(reading: Reading, given: Given) -> Check:
    name, as_of = CheckName.DATES, given.as_of
    if reading.ends and min(reading.ends) <= as_of:
        return failed(name, "expired", instant_text(min(reading.ends)), f"after {instant_text(as_of)}")
    if reading.starts and max(reading.starts) > as_of + given.leeway:
        return failed(name, "not_yet_valid", instant_text(max(reading.starts)), f"by {instant_text(as_of)}")
    return passed(name, "in_force")


def _annex_i(resolved: Resolved | Refused) -> AnnexI | None:
    """The elements, where the type says how to read them."""
    if isinstance(resolved, Refused) or resolved.claims.get("vct") != VCT:
        return None
    return normalise(resolved.claims, resolved.withheld)
