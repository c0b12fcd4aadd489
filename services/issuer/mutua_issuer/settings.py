"""What the issuer's processes are told. Only the API needs the vault key: the worker never opens anything."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mutua_kernel.settings import ServiceSettings


class ApiSettings(ServiceSettings):
    """Settings of the API process."""

    vault_key_file: Path
    """File of 32 random bytes, kept outside the database and its backups: without it nothing that is sealed
    can be read again."""
    canonicaliser_workers: Annotated[int, Field(ge=1, le=16)] = 1
    """Processes that prepare Open Badges to be signed; one does about a hundred a second."""
    seals_file: Path | None = None
    """JSON object of institutions and the seals by which they give credentials as Europass; see the
    README."""
