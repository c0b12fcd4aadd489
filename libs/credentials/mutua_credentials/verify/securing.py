"""What a way of securing a credential says of it, for the checks that depend on how it is secured."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mutua_credentials.keys import KeyRecord
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.reading import Reading
from mutua_credentials.verify.recognise import Recognised
from mutua_credentials.verify.result import Check, CheckName, skipped

COVERED = skipped(CheckName.CONTEXTS, "covered_by_signature")
"""The contexts check of a securing that signs every byte."""


@dataclass(frozen=True, slots=True)
class Secured:
    """The checks that a securing makes. None means that there was nothing to check; after a `contexts` or
    `signature` that does not hold, nothing else is looked at.
    """

    contexts: Check
    signature: Check
    issuer_binding: Check | None = None
    holder_binding: Check | None = None
    seal_level: Check | None = None
    key: KeyRecord | None = None
    sealed_by_mandate: bool = False
    signed_at: datetime | None = None
    """As the signature says of itself, where it says so beside the credential."""
    status: Any = None
    """A status reference that stands with the issuer, not in the credential."""


Securing = Callable[[Recognised, Reading, Given], Secured]
