"""What a verification is given: the instant, what was fetched before, and what the asker demands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mutua_credentials.keys import KeyResolver
from mutua_credentials.verify.status import StatusReader


@dataclass(frozen=True, slots=True)
class Given:
    as_of: datetime
    keys: KeyResolver
    statuses: StatusReader | None
    nonce: str | None
    audience: str | None
    existed_by: datetime | None
    leeway: timedelta

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None or (self.existed_by is not None and self.existed_by.tzinfo is None):
            raise ValueError("found an instant without a time zone, expected one with")
