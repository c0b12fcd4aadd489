"""The mirror's configuration: the only reader of it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mutua_deqar_sync.transport import USER_AGENT
from mutua_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service is told, and what only the mirror is."""

    deqar_url: str
    """Scheme and host of the registry."""
    deqar_token_file: Path
    """File with the token of the Web API; read again when the registry refuses it."""
    deqar_rate: Annotated[float, Field(ge=0)] = 2.0
    """Requests a second at most; 0 is as fast as the registry answers."""
    deqar_timeout: Annotated[float, Field(gt=0)] = 90.0
    """Seconds that an answer may take."""
    deqar_user_agent: str = USER_AGENT
    """Who we say that we are."""
    deqar_full_every: Annotated[float, Field(gt=0)] = 12 * 3600.0
    """Seconds between full passes, which alone are correct."""
    deqar_increment_every: Annotated[float, Field(gt=0)] = 15 * 60.0
    """Seconds between looks at what the registry says has changed."""
    deqar_retry_every: Annotated[float, Field(gt=0)] = 60.0
    """Seconds before a pass is tried again that failed or proved nothing."""
    deqar_details_at_once: Annotated[int, Field(ge=0)] = 2000
    """New rows of one pass that get their detail at once; the others wait for their turn."""
    deqar_gaps: Annotated[int, Field(ge=0)] = 200
    """Ids of each kind between known ones that a pass asks for, because lists lose rows."""
    deqar_refresh: Annotated[int, Field(ge=0)] = 5000
    """Details that each pass reads again although nothing seems to have changed."""
    deqar_refresh_after: Annotated[float, Field(gt=0)] = 24 * 3600.0
    """A detail that is so many seconds old may be read again."""
