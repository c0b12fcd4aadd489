"""Files of foreign credentials: what can be told of one unverified, and how its bytes are kept.

A file holds its learner, so that only sealed bytes are stored, with a key for each learner that is wrapped by
the vault key. What travels is its digest, and what verification lets be believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from mutua_credentials.verify import Result
from mutua_credentials.verify.recognise import Recognised, recognise
from mutua_kernel.vault import Vault, seal, unseal
from mutua_recognition.domain.flaws import Refused, refused


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that a verification can read. `issuer` and `id` are what it claims."""

    format: str
    digest: str
    issuer: str | None
    id: str | None


def read_upload(data: bytes) -> Uploaded | Refused:
    """What a file says it is, or why it cannot be taken in: `INTAKE.TOO_LARGE`, `INTAKE.UNKNOWN_FORMAT`,
    `INTAKE.MALFORMED`. Runs in a process of its own: the file may be anything.
    """
    known = recognise(data)
    if isinstance(known, Recognised):
        body = known.body
        return Uploaded(known.format, known.digest, _issuer(body), _text(body.get("jti", body.get("id"))))
    check = known.check
    if check.result is Result.FAIL:
        code = "INTAKE.MALFORMED"
    else:
        code = "INTAKE.TOO_LARGE" if check.code == "too_large" else "INTAKE.UNKNOWN_FORMAT"
    return refused(code, "", check.code, check.expected or "a credential")


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """A learner's data key as it stands in the database."""

    tenant: str
    reference: str
    wrapped: bytes

    def opened(self, vault: Vault) -> bytes:
        """The key itself. Raises `VaultError`."""
        return vault.unwrap(self.wrapped, owner=_owner(self.tenant, self.reference))


def new_subject_key(vault: Vault, tenant: str, reference: str) -> SubjectKey:
    """A key for a learner who has none yet."""
    made = vault.new_data_key(owner=_owner(tenant, reference))
    return SubjectKey(tenant, reference, made.wrapped)


def sealed(vault: Vault, key: SubjectKey, credential: str, data: bytes) -> bytes:
    """The file as it is stored."""
    return seal(key.opened(vault), data, owner=_owner(key.tenant, credential))


def opened(vault: Vault, key: SubjectKey, credential: str, stored: bytes) -> bytes:
    """The file. Raises `VaultError`."""
    return unseal(key.opened(vault), stored, owner=_owner(key.tenant, credential))


def _owner(tenant: str, name: str) -> str:
    return f"{tenant}/{name}"


def _issuer(body: Mapping[str, Any]) -> str | None:
    named = body.get("iss", body.get("issuer"))
    if isinstance(named, dict):
        named = cast("dict[str, Any]", named).get("id")
    return _text(named)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= 500 else None
