"""Reading an SD-JWT VC: what its payload must hold, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mutua_credentials.sdjwt.token import VCT
from mutua_credentials.verify.reading import Reading, malformed, numeric_date
from mutua_credentials.verify.result import Check, no_annex_i
from mutua_credentials.verify.w3c_vc import blank_nodes

if TYPE_CHECKING:
    from mutua_credentials.annex_i import AnnexI


def read_sd_jwt_vc(claims: Mapping[str, Any], withheld: Mapping[str, int]) -> Reading | Check:
    """Codes where the structure fails: `issuer_missing`, `vct_missing`, `blank_node`, `date_malformed`.

    `withheld` counts the digests that nobody disclosed, by JSON Pointer.
    """
    for claim, code in (("iss", "issuer_missing"), ("vct", "vct_missing")):
        value = claims.get(claim)
        if not isinstance(value, str) or not value.strip() or value.startswith("_:"):
            return malformed(code, value, f"{claim}, a text that names something")
    for blank in blank_nodes(claims):
        return malformed("blank_node", blank, "identifiers that name something")
    dates = {claim: numeric_date(claims[claim]) for claim in ("nbf", "exp") if claim in claims}
    for claim, date in dates.items():
        if date is None:
            return malformed("date_malformed", claims[claim], f"{claim}, seconds since 1970")
    signed_at = numeric_date(claims.get("iat"))
    identifier = claims.get("jti")

    def annex_i() -> AnnexI:
        from mutua_credentials.annex_i import normalise

        return normalise(claims, withheld)

    return Reading(
        issuer=claims["iss"],
        credential_id=identifier if isinstance(identifier, str) else None,
        signed_at=signed_at,
        starts=tuple(date for date in (dates.get("nbf"), signed_at) if date is not None),
        ends=tuple(date for date in (dates.get("exp"),) if date is not None),
        status=claims.get("status"),
        annex_i=annex_i if claims["vct"] == VCT else no_annex_i,
    )
