"""Events of a credential: that it was issued, and what became of it since.

What travels is the bus form: nobody on the bus learns who the learner is.
"""

from typing import Annotated

from pydantic import Field

from mutua_contracts.issuer import CountryCode, EntityId
from mutua_contracts.model import Codes, Day, Instant, Wire

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
"""SHA-256 with its name in front."""

CredentialId = Annotated[str, Field(pattern=r"^urn:uuid:[0-9a-f-]{36}$")]
"""`urn:uuid:` and a UUID."""

STATUSES = ("valid", "suspended", "revoked")
"""What its issuer says of a credential; it is valid while nothing else was stated, and revoked for ever."""

STATUS_REASONS = (
    "issued_in_error",
    "award_withdrawn",
    "replaced",
    "key_compromised",
    "under_review",
    "review_closed",
)
"""Why a status changed. None of them says anything about the learner."""


class CredentialIssued(Wire):
    """A micro-credential was issued. Its facts are inside `credential`, under the issuer's signature."""

    credential_id: CredentialId
    """The credential."""
    issuer: EntityId
    """Who signed it."""
    awarding_body: EntityId
    """Who awards it; usually the issuer."""
    country: CountryCode
    """Country of the awarding body."""
    component: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The course or unit that it was awarded for, in the issuer's catalogue."""
    format: Annotated[str, Codes(("sd-jwt-vc",))]
    """Format of `credential`."""
    credential: Annotated[str, Field(min_length=1)]
    """The issuer-signed SD-JWT with every personal claim withheld (no disclosures, no `sub`, no `cnf`)."""
    digest: Digest
    """SHA-256 of `credential`."""
    award_date: Day
    """The day from which the award counts: quality and trust are judged on it."""
    issued_at: Instant
    """When it was signed."""


class CredentialStatusChanged(Wire):
    """The issuer revoked, suspended or reinstated a credential; its status lists say the same."""

    credential_id: CredentialId
    """The credential."""
    issuer: EntityId
    """Who signed it, and says so."""
    status: Annotated[str, Codes(STATUSES)]
    """From now on."""
    previous: Annotated[str, Codes(STATUSES)]
    """Until now."""
    reason: Annotated[str, Codes(STATUS_REASONS)]
    """Why."""
    changed_at: Instant
    """From when on."""
