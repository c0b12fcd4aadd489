"""Issuing: one micro-credential becomes one signed JWT and the disclosures of its personal members.

What the issuer signs is already the bus form; the holder form is the same JWT with the disclosures behind it.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mutua_credentials import jws
from mutua_credentials.annex_i import PERSONAL, MicroCredential
from mutua_credentials.digests import canonical
from mutua_credentials.identities import did_web_from_url, url_from_did_web
from mutua_credentials.jws import Signer
from mutua_credentials.sdjwt import disclosures
from mutua_credentials.sdjwt.token import TYP, VCT, SdJwt, parse

CREDENTIAL_ID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class StatusReference:
    """A place in a Token Status List: which list, which index."""

    uri: str
    index: int

    def claim(self) -> dict[str, Any]:
        return {"status_list": {"idx": self.index, "uri": self.uri}}


@dataclass(frozen=True, slots=True)
class Issued:
    """What issuing yields: `bus_form` may travel, `holder_form` names the learner and is the holder's."""

    bus_form: str
    holder_form: str
    digest: str
    """`sha256:` over the bus form."""


def new_salt() -> str:
    """128 bits of randomness (RFC 9901, section 9.3)."""
    return secrets.token_urlsafe(16)


def issue(
    content: MicroCredential,
    *,
    signer: Signer,
    issuer: str,
    credential_id: str,
    issued_at: datetime,
    expires_at: datetime | None = None,
    status: StatusReference | None = None,
    salt: Callable[[], str] = new_salt,
) -> Issued:
    """Sign a micro-credential as SD-JWT VC.

    `issuer` is an https URL of a host or a did:web; `credential_id` is `urn:uuid:` and a random UUID;
    instants carry a time zone and count in whole seconds. Raises ValueError where a caller breaks this.
    """
    if did_web_from_url(issuer) is None and url_from_did_web(issuer) is None:
        raise ValueError(f"found the issuer {issuer!r}, expected an https URL of a host, or a did:web")
    if not CREDENTIAL_ID.fullmatch(credential_id):
        raise ValueError(
            f"found the credential id {credential_id!r}, expected urn:uuid: and a UUID in lower case"
        )
    claims, attached = _withhold(content.claims(), salt)
    claims |= {
        "iss": issuer,
        "jti": credential_id,
        "iat": _seconds(issued_at),
        "vct": VCT,
        "_sd_alg": disclosures.SD_ALG,
    }
    if expires_at is not None:
        claims["exp"] = _seconds(expires_at)
    if status is not None:
        claims["status"] = status.claim()
    token = parse(jws.sign({"typ": TYP}, canonical(claims), signer) + "~")
    if not isinstance(token, SdJwt):
        raise ValueError(f"found {token.found}, expected {token.expected}")
    return Issued(token.bus_form, token.bus_form + "".join(text + "~" for text in attached), token.digest)


def _withhold(claims: Mapping[str, Any], salt: Callable[[], str]) -> tuple[dict[str, Any], list[str]]:
    """Every member of a personal element becomes a digest in that element's own `_sd`.

    The element stays as an object, so that a reader can tell withheld from absent; digests are sorted, which
    hides the order of the members.
    """
    clear, attached = dict(claims), list[str]()
    for element in PERSONAL:
        if element not in clear:
            continue
        own = [disclosures.make(name, value, salt()) for name, value in clear[element].items()]
        clear[element] = {"_sd": sorted(disclosures.digest(text) for text in own)}
        attached += own
    return clear, attached


def _seconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("found an instant without a time zone, expected one with")
    return int(instant.timestamp())
