"""Institutions and other providers, and how they are related."""

from datetime import date, datetime
from typing import Self

from pydantic import Field, model_validator

from .base import HistoryEntry, Record


class ProviderIdentifier(Record):
    identifier: str
    resource: str | None = None
    agency: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class NameVersion(Record):
    name: str
    transliteration: str = ""


class ProviderName(Record):
    official: str
    transliterated: str = ""
    english: str = ""
    versions: list[NameVersion] = Field(default_factory=list[NameVersion])
    acronym: str = ""
    source_note: str = ""
    valid_to: date | None = None


class Location(Record):
    country: int
    city: str | None = None
    lat: float | None = None
    long: float | None = None
    source: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    verified: bool = True


class ProviderLevel(Record):
    level: int
    source: str = ""
    source_note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class Provider(Record):
    """Without a `deqar_id` of its own it has the one that is made of its number."""

    id: int
    deqar_id: str = ""
    eter_id: str | None = None
    name_primary: str
    website_link: str = ""
    founding_date: date | None = None
    closure_date: date | None = None
    is_other_provider: bool = False
    organization_type: int | None = None
    source_of_information: str = ""
    identifiers: list[ProviderIdentifier] = Field(default_factory=list[ProviderIdentifier])
    names: list[ProviderName] = Field(default_factory=list[ProviderName])
    locations: list[Location] = Field(default_factory=list[Location])
    levels: list[ProviderLevel] = Field(default_factory=list[ProviderLevel])
    history: list[HistoryEntry] = Field(default_factory=list[HistoryEntry])
    created_at: datetime

    @model_validator(mode="after")
    def _named(self) -> Self:
        self.deqar_id = self.deqar_id or f"DEQARINST{self.id:04d}"
        return self

    @property
    def name_sort(self) -> str:
        return self.name_primary


class Hierarchy(Record):
    """`child` is part of `parent`, for instance a faculty of a university or a member of an alliance."""

    id: int
    parent: int
    child: int
    type: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Succession(Record):
    """Read from the source: `source` <SUCCESSION_TO> `target`; from the target: `target` <SUCCESSION_FROM>
    `source`.
    """

    id: int
    source: int
    target: int
    type: int
    date: date
