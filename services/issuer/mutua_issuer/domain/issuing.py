"""Making one credential: signed, proved to name nobody on the bus; its personal part set apart to be sealed.

Everything of `Made` but `personal` may be stored and stated in clear. The work is processor time (about 1.5
ms a credential, nearly all of it Python: more threads make it no faster); it belongs beside the event loop.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from mutua_credentials import sdjwt
from mutua_credentials.annex_i import FieldError, Learner
from mutua_credentials.annex_i.values import LearnerIdentifier
from mutua_credentials.keys import PrivateKey
from mutua_issuer.domain.award import Completed
from mutua_issuer.domain.institution import Institution
from mutua_issuer.domain.status import Place, end_of

MAX_FORM_BYTES: Final = 256 * 1024
"""Half of what one event may hold: the envelope and later fields have their place beside it."""

MIN_TELLING: Final = 6
"""A shorter local id may stand in a text by chance, as the number `0613` does in a field of study."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What signs: the institution, its private key in force, and the second of signing."""

    institution: Institution
    kid: str
    key: PrivateKey
    at: datetime


@dataclass(frozen=True, slots=True)
class Personal:
    """What is kept under the learner's key only."""

    external_id: str
    learner_id: str
    disclosures: Sequence[str]


@dataclass(frozen=True, slots=True)
class Made:
    """One credential."""

    id: UUID
    component: str | None
    component_version: int | None
    awarding_body: str
    country: str
    award_date: date
    issued_at: datetime
    valid_until: date | None
    place: Place
    kid: str
    bus_form: str
    digest: str
    personal: Personal = field(repr=False)


def urn(credential: UUID) -> str:
    """The credential's id as events and documents write it."""
    return f"urn:uuid:{credential}"


def learner_owner(institution: str, ref: bytes) -> str:
    """What a learner's wrapped data key is bound to."""
    return f"learner {institution} {ref.hex()}"


def make(
    completed: Completed, seal: Seal, *, credential: UUID, place: Place
) -> Made | tuple[FieldError, ...]:
    """The credential, or why it must not be issued: it would name the learner in clear, or is too large."""
    content, valid_until = completed.content, completed.request.valid_until
    issued = sdjwt.issue(
        content,
        signer=seal.key,
        issuer=seal.institution.iss,
        credential_id=urn(credential),
        issued_at=seal.at,
        expires_at=None if valid_until is None else end_of(valid_until),
        status=place.reference(seal.institution.iss),
    )
    wrong = _unfit(issued.bus_form, completed)
    if wrong:
        return wrong
    disclosures = issued.holder_form.removeprefix(issued.bus_form).rstrip("~").split("~")
    own = completed.awarding_body() == seal.institution.id
    country = seal.institution.country if own else content.awarding_body.country
    assert country is not None, "checked when the request was completed"
    return Made(
        id=credential,
        component=completed.request.component,
        component_version=completed.component_version,
        awarding_body=completed.awarding_body(),
        country=country,
        award_date=content.date_of_issuing,
        issued_at=seal.at,
        valid_until=valid_until,
        place=place,
        kid=seal.kid,
        bus_form=issued.bus_form,
        digest=issued.digest,
        personal=Personal(completed.request.external_id, completed.request.learner_id, disclosures),
    )


def personal_text(personal: Personal) -> bytes:
    """What is to be sealed under the learner's key."""
    kept = {
        "external_id": personal.external_id,
        "learner_id": personal.learner_id,
        "disclosures": list(personal.disclosures),
    }
    return json.dumps(kept).encode()


def read_personal(text: bytes) -> Personal:
    """What was sealed under the learner's key."""
    kept: Mapping[str, Any] = json.loads(text)
    return Personal(kept["external_id"], kept["learner_id"], kept["disclosures"])


def holder_form(bus_form: str, personal: Personal) -> str:
    """The whole SD-JWT VC, which names the learner."""
    return bus_form + "".join(f"{disclosure}~" for disclosure in personal.disclosures)


def _unfit(bus_form: str, completed: Completed) -> tuple[FieldError, ...]:
    prefix = "/award" if completed.request.award else "/content"
    if len(bus_form) > MAX_FORM_BYTES:
        found = f"{len(bus_form)} bytes when signed"
        expected = f"at most {MAX_FORM_BYTES}: shorten texts or name fewer languages"
        return (FieldError(element="", path=prefix, code="too_large", found=found, expected=expected),)
    return tuple(
        FieldError(
            element=leak.path.split("/")[1] if leak.path else "",
            path=prefix + leak.path,
            code=leak.code,
            found="what identifies the learner or states the grade",
            expected="no personal data outside learner and grade: everything else travels in clear",
        )
        for leak in sdjwt.leaks(bus_form, learner=_as_known(completed), grade=completed.content.grade)
    )


def _as_known(completed: Completed) -> Learner:
    """The learner by everything that identifies, also the local id where it is long enough to be no code of a
    list.
    """
    learner, local = completed.content.learner, completed.request.learner_id
    if len(local) < MIN_TELLING:
        return learner
    known = (*(learner.identifiers or ()), LearnerIdentifier(scheme="local", value=local))
    return learner.model_copy(update={"identifiers": known})
