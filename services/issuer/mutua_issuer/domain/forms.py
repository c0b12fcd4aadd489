"""The forms in which a credential may be had: the one that was signed when it was issued, and others made
of it.

The SD-JWT VC is what was issued. The other forms say the same in other vocabularies; each is written from
the opened credential and signed by the key in force when it is asked for, so that a lost key never spoils
them for long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from mutua_credentials import sdjwt
from mutua_credentials.annex_i import MicroCredential
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.issuing import Personal, holder_form
from mutua_issuer.domain.status import Place, end_of

FormName = Literal["sd-jwt-vc", "vc-jwt", "open-badge", "elm"]


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its media type, the ending of its file, and what to call it."""

    name: FormName
    media_type: str
    ending: str
    title: str
    about: str


FORMS: Final[Mapping[FormName, Form]] = {
    form.name: form
    for form in (
        Form("sd-jwt-vc", sdjwt.MEDIA_TYPE, "sd-jwt", "SD-JWT VC", "for wallets; parts can be withheld"),
        Form("vc-jwt", "application/vc+jwt", "jwt", "W3C credential", "vc+jwt"),
        Form("open-badge", "application/vc+ld+json", "json", "Open Badge 3.0", "for badge backpacks"),
        Form("elm", "application/jose+json", "jsonld", "Europass", "European Learning Model, sealed"),
    )
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A credential with everything personal, as the other forms are written from it."""

    institution: Institution
    id: UUID
    bus_form: str
    personal: Personal
    content: MicroCredential
    issued_at: datetime
    valid_until: date | None
    place: Place | None

    @property
    def holder_form(self) -> str:
        """The SD-JWT VC with every disclosure."""
        return holder_form(self.bus_form, self.personal)

    @property
    def ends_at(self) -> datetime | None:
        """The instant at which it expires."""
        return None if self.valid_until is None else end_of(self.valid_until)


def content_of(bus_form: str, personal: Personal) -> MicroCredential:
    """The elements of Annex I that an SD-JWT VC of ours holds, personal ones too."""
    token = sdjwt.parse(holder_form(bus_form, personal))
    assert isinstance(token, sdjwt.SdJwt), "we issued it"
    resolved = sdjwt.resolve(token.payload, token.disclosures)
    assert isinstance(resolved, sdjwt.Resolved), "we issued it"
    claims = resolved.claims
    return MicroCredential.model_validate(
        {name: claims[name] for name in MicroCredential.model_fields if name in claims}
    )
