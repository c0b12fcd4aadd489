"""An SD-JWT in its compact form, taken apart: `<issuer-signed JWT>~<disclosure>~...~<key-binding JWT or
nothing>`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from mutua_credentials import digests, json_text, jws
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Jws

VCT = "https://mutua.example/vct/micro-credential/1"
"""The type of our own micro-credentials: a name, never fetched. A change that breaks a reader gives it a new
number.
"""

TYP = "dc+sd-jwt"
MEDIA_TYPE = "application/dc+sd-jwt"

MAX_DISCLOSURES = 1000


@dataclass(frozen=True)
class SdJwt:
    """A token whose outer form is right. Nothing in it is verified."""

    jwt: Jws
    payload: Mapping[str, Any]
    disclosures: tuple[str, ...]
    key_binding: str | None = None

    @cached_property
    def bus_form(self) -> str:
        """The issuer-signed JWT without any disclosure: the same for every presentation of one credential."""
        return self.jwt.text + "~"

    @cached_property
    def digest(self) -> str:
        """`sha256:` over the bus form: it names the credential, however much of it was disclosed."""
        return digests.of_bytes(self.bus_form.encode("ascii"))

    @cached_property
    def text(self) -> str:
        return "~".join([self.jwt.text, *self.disclosures, self.key_binding or ""])

    @cached_property
    def bound_part(self) -> bytes:
        """What a key-binding JWT's `sd_hash` covers."""
        return "~".join([self.jwt.text, *self.disclosures, ""]).encode("ascii")


def parse(text: str, *, max_bytes: int = json_text.MAX_BYTES) -> SdJwt | Refused:
    """Take an SD-JWT apart.

    Codes of refusal: `too_large`, `not_sd_jwt`, `too_many_disclosures`, `payload_not_object`, and those of
    `jws.split` and `json_text.read` for header and payload.
    """
    if len(text) > max_bytes:
        return Refused("too_large", f"{len(text)} characters", f"at most {max_bytes}")
    first, *rest = text.split("~")
    if not rest or not text.isascii():
        return Refused(
            "not_sd_jwt", "no '~'" if text.isascii() else "characters outside ASCII", "<JWT>~<disclosures>~"
        )
    *disclosures, last = rest
    if len(disclosures) > MAX_DISCLOSURES:
        return Refused("too_many_disclosures", str(len(disclosures)), f"at most {MAX_DISCLOSURES}")
    if not all(disclosures):
        return Refused("not_sd_jwt", "an empty disclosure", "<JWT>~<disclosures>~")
    jwt = jws.split(first)
    if isinstance(jwt, Refused):
        return jwt
    payload = read_payload(jwt)
    if isinstance(payload, Refused):
        return payload
    return SdJwt(jwt, payload, tuple(disclosures), last or None)


def read_payload(jwt: Jws) -> Mapping[str, Any] | Refused:
    """The claims of a JWT. Code beside those of `json_text.read`: `payload_not_object`."""
    match json_text.read(jwt.payload):
        case Refused() as refused:
            return refused
        case json_text.Json(value=dict() as claims):
            return cast("dict[str, Any]", claims)
        case json_text.Json(value=other):
            return Refused("payload_not_object", json_text.type_name(other), "an object")
