"""The notifier's configuration: the only reader of it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mutua_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service is told, and what only the notifier is."""

    vault_key_file: Path
    """32 bytes that encrypt the endpoints' signing keys."""
    feed_days: Annotated[int, Field(ge=1)] = 90
    """For how long the feed can be read back."""
    deliveries_at_once: Annotated[int, Field(ge=1, le=200)] = 20
    """Webhooks in flight at most."""
    webhook_seconds: Annotated[float, Field(gt=0, le=60)] = 15.0
    """A receiver that has not answered after so long has failed."""
