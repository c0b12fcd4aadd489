"""What an institution is known by, and what each identifier rests on: declared by itself, established by
operators."""

from dataclasses import replace
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from mutua_credentials.annex_i import Identifier
from mutua_credentials.annex_i.fields import Value, refused
from mutua_issuer import store
from mutua_issuer.api.institution_state import InstitutionView, changed, identifier_taken
from mutua_issuer.api.parts import AS_GIVEN, read_body
from mutua_issuer.domain import identifiers
from mutua_issuer.domain.identifiers import Binding, Confidence, Source
from mutua_kernel.database import Connection
from mutua_kernel.http.auth import Principal, require
from mutua_kernel.http.problems import not_found
from mutua_kernel.http.writes import Answer, Key, StoreOf

router = APIRouter(tags=["identifiers"])

Operator = Annotated[Principal, Depends(require("operator"))]
"""Whoever runs this service: looks at registries and certificates, and is answerable for what it finds
there."""

EXAMPLE: Final[dict[str, Any]] = {
    "identifiers": [
        {
            "scheme": "ETER",
            "value": "NO0042",
            "source": "registry",
            "checked_at": "2026-11-20T09:00:00Z",
        }
    ]
}


class Evidence(Identifier):
    """An identifier, and what its belonging to the institution rests on."""

    source: Source
    """Where it was looked up."""
    confidence: Confidence | None = None
    """How far that carries: at most, and without any said exactly, as far as the source carries."""
    checked_at: AwareDatetime | None = None
    """When that was."""

    @model_validator(mode="after")
    def _carried(self) -> Self:
        if self.confidence is not None and identifiers.carries_less(self.source, self.confidence):
            raise refused("more_than_source_carries", f"at most {identifiers.CARRIES[self.source]}")
        return self

    def binding(self) -> Binding:
        """The row that it becomes."""
        confidence = self.confidence or identifiers.CARRIES[self.source]
        return Binding(self.scheme, self.value, self.source, confidence, self.checked_at)


class Identifiers(Value):
    """Everything that an institution is known by, beside the DEQAR id that it signs in with."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    identifiers: Annotated[tuple[Evidence, ...], Field(max_length=40)]


@router.put("/operations/issuers/{institution}/identifiers", response_model=InstitutionView)
async def establish(
    caller: Operator,
    storage: StoreOf,
    key: Key,
    request: Request,
    institution: str,
    body: Annotated[Identifiers, AS_GIVEN],
) -> Response:
    """Replaces the identifiers of an institution by those that an operator found, each with its source."""
    wanted = read_body(Identifiers, body)

    async def effect(tx: Connection) -> Answer:
        found = await store.lock_institution(tx, institution)
        if found is None:
            raise not_found("institution")
        own = identifiers.of_tenant(institution, storage.clock.now())
        known = identifiers.established(
            next((one for one in found.identifiers if one.pair == own.pair), own),
            [one.binding() for one in wanted.identifiers],
        )
        if taken := await store.set_identifiers(tx, found.id, found.iso_country, known):
            raise identifier_taken(taken)
        version = await store.change_institution(tx, found)
        return await changed(tx, replace(found, identifiers=known, version=version), 200)

    # An operator acts on an institution's rows, and on that institution's only.
    return await storage.write(request, replace(caller, tenant=institution), key, effect)
