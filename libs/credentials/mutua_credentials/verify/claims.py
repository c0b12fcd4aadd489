"""The registered claims of a JWT beside the credential that it holds: they must not say otherwise.

Two encodings are told apart by `typ` and never merged: VC-JOSE (`vc+jwt`, `vc+sd-jwt`), whose payload is the
credential itself and has no `vc`; and the older one (Open Badges 3.0, VCDM 1.1), where `vc` may hold it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.reading import Reading, malformed, numeric_date
from mutua_credentials.verify.recognise import Recognised
from mutua_credentials.verify.result import Check
from mutua_credentials.verify.w3c_vc import identifier

A_SECOND = timedelta(seconds=1)
"""NumericDates are usually whole seconds, the body's instants need not be."""


def with_claims(reading: Reading, found: Recognised) -> Reading | Check:
    """The reading with what the claims add to it. Codes where the structure fails: `old_encoding`,
    `date_malformed`, `claims_disagree`.
    """
    if found.format == "sd-jwt-vc":
        return reading
    claims = found.body if found.securing != "vc-jwt" else found.token.payload
    if found.securing != "vc-jwt" and (old := [name for name in ("vc", "vp") if name in claims]):
        return malformed("old_encoding", old, f"no vc or vp claim in {found.securing}")
    dates = {name: numeric_date(claims[name]) for name in ("nbf", "exp") if name in claims}
    for name, date in dates.items():
        if date is None:
            return malformed("date_malformed", claims[name], f"{name}, seconds since 1970")
    for name, same in _disagreements(claims, found.body, reading, dates):
        return malformed("claims_disagree", claims[name], f"{name} as in the body: {same}")
    issued, nbf, exp = numeric_date(claims.get("iat")), dates.get("nbf"), dates.get("exp")
    return replace(
        reading,
        signed_at=issued or nbf or reading.signed_at,
        status=_status(reading.status, claims.get("status")),
        starts=(*reading.starts, *(date for date in (nbf, issued) if date is not None)),
        ends=(*reading.ends, *(date for date in (exp,) if date is not None)),
    )


def _status(references: Any, claim: Any) -> Any:
    """The references of the body, and that of the JWT itself (Token Status List) where there is one."""
    if not isinstance(claim, dict) or "status_list" not in claim:
        return references
    return [*(listed(references) if references is not None else []), claim]


def _disagreements(
    claims: Mapping[str, Any],
    body: Mapping[str, Any],
    reading: Reading,
    dates: Mapping[str, datetime | None],
) -> Iterator[tuple[str, Any]]:
    """Claims of the JWT that say otherwise than the body, with what the body says."""
    subject = identifier(listed(body.get("credentialSubject"))[0])
    for name, same in (("iss", reading.issuer), ("sub", subject), ("jti", body.get("id"))):
        if name in claims and same is not None and claims[name] != same:
            yield name, same
    for name, repeated in (("nbf", reading.starts), ("exp", reading.ends)):
        said = dates.get(name)
        if said is not None and repeated and all(abs(said - other) >= A_SECOND for other in repeated):
            yield name, repeated[0].isoformat()
