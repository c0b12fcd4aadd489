"""Recognition's configuration: the only reader of it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mutua_kernel.settings import ServiceSettings
from mutua_kernel.vault import Vault


class Settings(ServiceSettings):
    """What every service is told, and what only recognition is."""

    pseudonym_key_file: Path
    """At least 32 bytes; people who act appear as a pseudonym made with it, per organisation."""
    vault_key_file: Path
    """32 random bytes that wrap all secrets in the database: keys held for organisations, and of uploads."""
    widening_delay_seconds: Annotated[float, Field(ge=0)] = 24 * 3600
    """For how long a statement that lets more through waits after its second signature."""
    patience_seconds: Annotated[float, Field(ge=0)] = 30.0
    """For how long evidence that is not there yet (a key, a completed snapshot) is waited for before a
    person looks."""
    evaluate_at_once: Annotated[int, Field(ge=1, le=1000)] = 100
    """Requests in one evaluation's transaction."""
    trust_budget: Annotated[int, Field(ge=1)] | None = None
    """Records of the trust log examined for one question at most; none without it."""

    def vault(self) -> Vault:
        """The vault of this process. Raises OSError or ValueError where its key cannot be used."""
        return Vault(self.vault_key_file.read_bytes(), "recognition")
