"""A credential in the words of Open Badges 3.0 with the elements of Annex I, secured in two ways."""

from datetime import UTC, datetime
from typing import Any

from mutua_credentials import jws
from mutua_credentials.annex_i import Identifier
from mutua_credentials.annex_i.openbadges_writing import write_badge
from mutua_credentials.digests import canonical
from mutua_credentials.integrity import Ed25519Key, sign_rdfc
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Signer
from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_issuer.domain.forms import Opened
from mutua_issuer.domain.issuing import urn


def vc_jwt(of: Opened, signer: Signer, at: datetime) -> str:
    """As a W3C credential that VC-JOSE secures (`vc+jwt`); `signer` names its key by DID URL."""
    body = {**_badge(of), "iss": of.institution.did, "iat": int(at.astimezone(UTC).timestamp())}
    return jws.sign({"typ": "vc+jwt", "cty": "vc"}, canonical(body), signer)


def open_badge(
    of: Opened, key: Ed25519Key, at: datetime, canonicaliser: Canonicaliser
) -> dict[str, Any] | Refused:
    """With a proof by `eddsa-rdfc-2022`. Blocks its thread for some milliseconds.

    A refusal says that its canonical form could not be had, which a later try may mend.
    """
    method = f"{of.institution.did}#{key.kid}"
    return sign_rdfc(_badge(of), key, verification_method=method, created=at, canonicaliser=canonicaliser)


def _badge(of: Opened) -> dict[str, Any]:
    institution = of.institution
    return write_badge(
        of.content,
        credential_id=urn(of.id),
        issuer=institution.did,
        valid_from=of.issued_at,
        valid_until=of.ends_at,
        issuer_name=institution.names,
        issuer_identifiers=[
            Identifier(scheme=one.scheme, value=one.value) for one in institution.identifiers
        ],
        status=() if of.place is None else of.place.entries(institution.iss),
    )
