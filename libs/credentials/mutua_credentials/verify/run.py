"""The one run of ten checks, whatever the format and however it is secured.

The reader of the format says what stands there, the securing says whether it may be believed; dates, status
and schema are alike for all. The first of the first four checks that does not hold ends the run.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.reading import Reading
from mutua_credentials.verify.recognise import Kind, Recognised
from mutua_credentials.verify.result import (
    Check,
    CheckName,
    IssuerFound,
    Verification,
    complete,
    failed,
    instant_text,
    passed,
    skipped,
    unknown,
)
from mutua_credentials.verify.schema import check_schema
from mutua_credentials.verify.securing import Secured, Securing
from mutua_credentials.verify.status import check_status

Reader = Callable[[Mapping[str, Any]], Reading | Check]


def run(found: Recognised, given: Given) -> Verification:
    """Every check in order."""
    reading, secured, checks = _first_checks(found, given)
    if isinstance(reading, Check) or secured is None or any(check.ends for check in checks):
        return _answer(found, given, checks)
    status = reading.status if secured.status is None else [*listed(reading.status or []), secured.status]
    checks.append(check_status(status, reading.issuer, given))
    checks.append(check_schema(reading.schema, found.body, given))
    return _answer(found, given, checks, reading, secured)


def examine(found: Recognised, given: Given) -> tuple[Reading | Check, list[Check]]:
    """All checks but status and schema, for a document that vouches for others: a status list."""
    reading, _, checks = _first_checks(found, given)
    return reading, checks


def _first_checks(found: Recognised, given: Given) -> tuple[Reading | Check, Secured | None, list[Check]]:
    """What depends on format and securing, and the dates."""
    checks = [passed(CheckName.FORMAT, "recognised", found.securing)]
    reading = read(found)
    if isinstance(reading, Check):
        return reading, None, [*checks, reading]
    checks.append(passed(CheckName.STRUCTURE, "well_formed"))
    secured = _securing(found.kind)(found, reading, given)
    checks += [secured.contexts, secured.signature]
    if any(check.ends for check in checks):
        return reading, secured, checks
    checks += [
        secured.issuer_binding or unknown(CheckName.ISSUER_BINDING, "not_told", None, reading.issuer),
        secured.holder_binding or _holder_binding(given),
        _dates(reading, given),
        secured.seal_level or skipped(CheckName.SEAL_LEVEL, "no_seal"),
    ]
    return reading, secured, checks


def read(found: Recognised) -> Reading | Check:
    """What the reader of the format says of the body; or the structure check that fails."""
    if found.flaw is not None:
        return failed(CheckName.STRUCTURE, found.flaw.code, found.flaw.found, found.flaw.expected)
    if found.format == "sd-jwt-vc":
        from mutua_credentials.verify.sd_jwt_vc import read_sd_jwt_vc

        return read_sd_jwt_vc(found.body, found.withheld)
    reading = _reader(found.format)(found.body)
    if isinstance(reading, Reading) and found.kind == "jose":
        from mutua_credentials.verify.claims import with_claims

        return with_claims(reading, found)
    return reading


def _reader(known: str) -> Reader:
    """The reader of a format, imported when it is asked for."""
    match known:
        case "edc":
            from mutua_credentials.verify.edc import read_edc

            return read_edc
        case "openbadges3":
            from mutua_credentials.verify.openbadges import read_openbadges3

            return read_openbadges3
        case "clr2":
            from mutua_credentials.verify.openbadges import read_clr2

            return read_clr2
        case "openbadges2":
            from mutua_credentials.verify.openbadges2 import read_openbadges2

            return read_openbadges2
        case _:
            from mutua_credentials.verify.w3c_vc import read_w3c

            return read_w3c


def _securing(kind: Kind) -> Securing:
    """How a kind of securing is checked, imported when it is asked for."""
    match kind:
        case "jose":
            from mutua_credentials.verify.jose import secure_jose

            return secure_jose
        case "jades":
            from mutua_credentials.verify.edc_seal import secure_jades

            return secure_jades
        case "integrity":
            from mutua_credentials.verify.data_integrity import secure_integrity

            return secure_integrity
        case "openbadges2":
            from mutua_credentials.verify.openbadges2 import secure_openbadges2

            return secure_openbadges2


def _holder_binding(given: Given) -> Check:
    """Of a securing that has no proof by the holder: good only as long as none is demanded."""
    name = CheckName.HOLDER_BINDING
    if given.nonce is None and given.audience is None:
        return skipped(name, "not_asked")
    return failed(name, "key_binding_missing", "none", "a proof by the holder for this nonce and audience")


def _dates(reading: Reading, given: Given) -> Check:
    name, as_of = CheckName.DATES, given.as_of
    if reading.ends and min(reading.ends) <= as_of:
        return failed(name, "expired", instant_text(min(reading.ends)), f"after {instant_text(as_of)}")
    if reading.starts and max(reading.starts) > as_of + given.leeway:
        return failed(name, "not_yet_valid", instant_text(max(reading.starts)), f"by {instant_text(as_of)}")
    return passed(name, "in_force")


def _answer(
    found: Recognised,
    given: Given,
    checks: list[Check],
    reading: Reading | None = None,
    secured: Secured | None = None,
) -> Verification:
    if reading is None or secured is None:
        return Verification(found.format, found.securing, given.as_of, complete(checks), found.digest)
    return Verification(
        format=found.format,
        securing=found.securing,
        as_of=given.as_of,
        checks=complete(checks),
        digest=found.digest,
        credential_id=reading.credential_id,
        issued_at=secured.signed_at or reading.signed_at,
        issuer=IssuerFound(reading.issuer, reading.issuer_name, secured.sealed_by_mandate),
        key=secured.key,
        read_annex_i=reading.annex_i,
    )
