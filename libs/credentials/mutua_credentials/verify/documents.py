"""Documents that were obtained before: issuer documents, status lists, schemas, each perhaps in dated copies.

The library asks for an address as of an instant and takes what it is given; fetching, caching and guarding
against addresses that nobody should call are the business of whoever answers. "Could not be obtained" is an
answer of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from mutua_credentials import json_text
from mutua_credentials.json_text import Refused


@dataclass(frozen=True, slots=True)
class Document:
    """One copy of what an address served. `[observed_from, observed_until)` is when it was seen there."""

    url: str
    data: bytes
    source: str
    observed_from: datetime | None = None
    observed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotObtained:
    """Why there is no copy: `not_supplied`, `offline`, `http_status`, `unreachable`, `no_copy_in_force`,
    `address_refused`, `too_large` and what else the source says.

    `final` keeps other sources from being asked.
    """

    code: str
    detail: str = ""
    final: bool = False


class Documents(Protocol):
    """Answers with the copy of an address that was in force at an instant; None means the latest."""

    def __call__(self, url: str, at: datetime | None, /) -> Document | NotObtained: ...


def no_documents(url: str, at: datetime | None) -> NotObtained:  # noqa: ARG001 (the shape of `Documents`)
    """Nothing was obtained."""
    return NotObtained("not_supplied", url)


@dataclass(frozen=True, slots=True)
class MappingDocuments:
    """Documents in memory, the same at every instant."""

    by_url: Mapping[str, bytes]
    source: str = "given"

    def __call__(self, url: str, at: datetime | None, /) -> Document | NotObtained:  # noqa: ARG002
        data = self.by_url.get(url)
        return NotObtained("not_supplied", url) if data is None else Document(url, data, self.source)


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Several sources, asked in their order until one answers."""

    sources: tuple[Documents, ...]

    def __call__(self, url: str, at: datetime | None, /) -> Document | NotObtained:
        answer: Document | NotObtained = NotObtained("not_supplied", url)
        for source in self.sources:
            answer = source(url, at)
            if isinstance(answer, Document) or answer.final:
                return answer
        return answer


def read_object(document: Document) -> Mapping[str, Any] | Refused:
    """A document as a JSON object. Codes: those of `json_text.read`, `not_an_object`."""
    match json_text.read(document.data):
        case Refused() as refused:
            return refused
        case json_text.Json(value=dict() as members):
            return cast("dict[str, Any]", members)
        case json_text.Json(value=other):
            return Refused("not_an_object", json_text.type_name(other), "an object")
