"""Recognition's configuration: the only reader of it."""

from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
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
    verify_processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that read and verify credentials beside this one."""
    anchors_file: Path | None = None
    """Certificates (PEM) of authorities whose seals are believed; without it no seal is."""
    max_upload_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024
    """Largest file that may be uploaded."""
    patience_seconds: Annotated[float, Field(ge=0)] = 30.0
    """For how long evidence that is not there yet (a key, a completed snapshot) is waited for before a
    person looks."""
    evaluate_at_once: Annotated[int, Field(ge=1, le=1000)] = 100
    """Requests in one evaluation's transaction."""
    trust_budget: Annotated[int, Field(ge=1)] | None = None
    """Records of the trust log examined for one question at most; none without it."""

    def anchors(self) -> tuple[bytes, ...]:
        """The certificates in DER. Raises OSError or ValueError where the file cannot be used."""
        if self.anchors_file is None:
            return ()
        found = load_pem_x509_certificates(self.anchors_file.read_bytes())
        return tuple(one.public_bytes(Encoding.DER) for one in found)

    def vault(self) -> Vault:
        """The vault of this process. Raises OSError or ValueError where its key cannot be used."""
        return Vault(self.vault_key_file.read_bytes(), "recognition")
