"""The seals of institutions, as the configuration names them. A seal in files is what this build can use.

A hardware module (`pkcs11`), a key service (`kms`) and a trust service (`qtsp`) are kinds that the
configuration knows; each needs a driver that gives a `Seal`, and naming one without its driver ends the
process at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mutua_credentials import jades
from mutua_issuer.domain.europass import Seal, SealError

DRIVERLESS: Final = ("pkcs11", "kms", "qtsp")


class SealsUnusable(Exception):
    """The configuration of seals cannot be used; the text says which, why, and what to do."""


class _Files(BaseModel):
    """A seal whose key and certificates are files in PEM."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["file"]
    key_file: Path
    certificates_file: Path
    """Its own certificate first, then those above it."""
    revocation_files: tuple[Path, ...] = ()
    """CRLs or OCSP responses in DER, kept fresh by whoever runs this."""


class _Elsewhere(BaseModel):
    """A seal whose key is in a device or with a service."""

    model_config = ConfigDict(extra="allow")

    kind: Literal["pkcs11", "kms", "qtsp"]


_SEALS: TypeAdapter[dict[str, Annotated[_Files | _Elsewhere, Field(discriminator="kind")]]] = TypeAdapter(
    dict[str, Annotated[_Files | _Elsewhere, Field(discriminator="kind")]]
)


@dataclass(frozen=True, slots=True)
class FileSeal:
    """A seal in files: the key and the certificates as they were at the start, revocation data as it is
    now."""

    key: jades.SealKey
    chain: Sequence[bytes]
    revocation_files: Sequence[Path]

    @property
    def alg(self) -> str:
        """The key's."""
        return self.key.alg

    def sign(self, data: bytes) -> bytes:
        """The key's signature."""
        return self.key.sign(data)

    def revocation(self) -> Sequence[bytes]:
        """What the files say at this moment. Raises `SealError` where one cannot be read."""
        try:
            return [path.read_bytes() for path in self.revocation_files]
        except OSError as error:
            raise SealError(f"found {error}, expected revocation data in DER") from error


def read_seals(path: Path | None) -> Mapping[str, Seal]:
    """The seals by institution; none without a file. Raises `SealsUnusable`."""
    if path is None:
        return {}
    try:
        configured = _SEALS.validate_python(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        told = _first(error) if isinstance(error, ValidationError) else str(error)
        raise SealsUnusable(f"found {told}; expected an object of institutions and their seals") from error
    return {institution: _seal(institution, one) for institution, one in configured.items()}


def _seal(institution: str, configured: _Files | _Elsewhere) -> Seal:
    if isinstance(configured, _Elsewhere):
        raise SealsUnusable(
            f"found a seal of the kind {configured.kind} for {institution}; expected one of the kind file: "
            f"this build has no driver for {', '.join(DRIVERLESS)}"
        )
    try:
        pem = configured.key_file.read_bytes()
        chain = x509.load_pem_x509_certificates(configured.certificates_file.read_bytes())
        if load_pem_private_key(pem, None).public_key() != chain[0].public_key():
            raise ValueError("a certificate of another key")
        key = jades.SealKey.from_pem(pem)
        if jades.organisation_of(chain[0].public_bytes(Encoding.DER)) is None:
            raise ValueError("a certificate without organizationIdentifier")
    except (OSError, ValueError, TypeError) as error:
        expected = "expected a key and the certificate of its seal, both in PEM"
        raise SealsUnusable(f"found {error} in the seal of {institution}; {expected}") from error
    ders = [one.public_bytes(Encoding.DER) for one in chain]
    return FileSeal(key, ders, configured.revocation_files)


def _first(error: ValidationError) -> str:
    detail: Any = error.errors(include_url=False, include_input=False)[0]
    return f"{'/'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
