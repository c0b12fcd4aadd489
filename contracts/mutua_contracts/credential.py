"""Events of a credential: that it was issued.

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
