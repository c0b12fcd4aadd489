"""The records of the registry's database: what is true, whatever the search index says.

Fields follow the public fixtures of the backend; a field that is absent has the backend's own default.
Instants of creation and update are plain date-times in UTC, everything else is a date.
"""

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class BrokenRecord(Exception):
    """A record that the real server cannot handle: it answers with a page of HTML and status 500."""


class Record(BaseModel):
    """A row with everything that hangs on it; unknown fields are refused so that an edit cannot misfire."""

    model_config = ConfigDict(extra="forbid")


class QaRequirement(Record):
    requirement: str = ""
    type: int
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class Regulation(Record):
    text: str
    url: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class HistoryEntry(Record):
    field: str
    record_id: int | None = None
    value: str
    valid_from: date | None = None
    valid_to: date | None = None


class Country(Record):
    id: int
    alpha2: str
    alpha3: str | None = None
    name_english: str
    ehea_is_member: bool = False
    governmental_member_start: date | None = None
    external_qaa: int = 2
    european_approach: int = 2
    has_full_institution_list: bool = False
    key_commitment: str | None = None
    qa_requirement_note: str = ""
    external_qaa_note: str = ""
    eligibility: str = ""
    conditions: str = ""
    recognition: str = ""
    european_approach_note: str = ""
    general_note: str = ""
    qa_requirements: list[QaRequirement] = []
    regulations: list[Regulation] = []
    history: list[HistoryEntry] = []


class AgencyNameVersion(Record):
    name: str
    name_transliterated: str = ""
    name_is_primary: bool = False
    acronym: str = ""
    acronym_transliterated: str = ""
    acronym_is_primary: bool = False


class AgencyName(Record):
    id: int
    versions: list[AgencyNameVersion] = []
    note: str = ""
    valid_to: date | None = None


class FocusCountry(Record):
    country: int
    is_official: bool = False
    is_crossborder: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


class EqarDecision(Record):
    date: date
    type: int
    file: str | None = None
    file_extra: str | None = None


class Agency(Record):
    """Its name and acronym stand twice: in fields, which reports mention, and marked among its names, which
    its own list shows. Nothing keeps the two alike.
    """

    id: int
    deqar_id: int
    name_primary: str
    acronym_primary: str
    names: list[AgencyName] = []
    is_registered: bool = True
    registration_start: date | None = None
    registration_valid_to: date | None = None
    registration_note: str = ""
    contact_person: str = ""
    phones: list[str] = []
    emails: list[str] = []
    address: str = ""
    country: int
    website_link: str = ""
    reports_link: str = ""
    logo: str | None = None
    geographical_focus: int | None = None
    associations: list[str] = []
    decisions: list[EqarDecision] = []
    specialisation_note: str = ""
    description_note: str = ""
    focus_countries: list[FocusCountry] = []
    history: list[HistoryEntry] = []


class ActivityGroup(Record):
    id: int
    activity: str
    type: int
    reports_link: str = ""


class Activity(Record):
    id: int
    agency: int
    group: int
    activity: str
    description: str = ""
    reports_link: str = ""
    local_identifier: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


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
    versions: list[NameVersion] = []
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
    identifiers: list[ProviderIdentifier] = []
    names: list[ProviderName] = []
    locations: list[Location] = []
    levels: list[ProviderLevel] = []
    history: list[HistoryEntry] = []
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


class ProgrammeName(Record):
    name: str | None = None
    is_primary: bool = False
    qualification: str | None = ""


class ProgrammeIdentifier(Record):
    identifier: str
    agency: int | None = None
    resource: str = "local identifier"


class Programme(Record):
    id: int
    name_primary: str
    names: list[ProgrammeName] = []
    identifiers: list[ProgrammeIdentifier] = []
    nqf_level: str = ""
    qf_ehea_level: int | None = None
    countries: list[int] = []
    degree_outcome: int = 1
    workload_ects: int | None = None
    assessment: int | None = None
    field_study: str | None = None
    learning_outcomes: list[str] = []
    learning_outcome_description: str = ""

    @property
    def type(self) -> str:
        """DEQAR's derived programme type; raises BrokenRecord where the backend compares nothing with 60."""
        if self.degree_outcome == 1:
            return "Full recognised degree programme"
        if self.workload_ects is None:
            raise BrokenRecord("no full degree and no workload")
        return "Micro-credential" if self.workload_ects < 60 else "Other provision"


class ReportFile(Record):
    """`original_location` is where the agency said that it is; `file` is the registry's copy."""

    id: int
    display_name: str = ""
    original_location: str = ""
    file: str | None = None
    languages: list[str] = []


class ReportLink(Record):
    display_name: str = ""
    link: str


class ReportCheck(Record):
    """A finding of the registry's checks, or a request for deletion: readers see only the flag made of
    them."""

    level: int
    message: str
    active: bool = True


class Report(Record):
    """`first_log` is the oldest entry of the log of updates, which Europass shows as the last change."""

    id: int
    agency: int
    contributing_agencies: list[int] = []
    activities: list[int] = []
    local_identifier: str | None = None
    institutions: list[int] = []
    platforms: list[int] = []
    programmes: list[Programme] = []
    status: int
    decision: int
    flag: int = 1
    valid_from: date
    valid_to: date | None = None
    created_at: datetime
    updated_at: datetime
    summary: str = ""
    other_comment: str | None = ""
    files: list[ReportFile] = []
    links: list[ReportLink] = []
    checks: list[ReportCheck] = []
    first_log: datetime | None = None


class Dataset(Record):
    """A whole registry, in the order in which it may be stored."""

    countries: list[Country] = Field(default_factory=list[Country])
    agencies: list[Agency] = Field(default_factory=list[Agency])
    activity_groups: list[ActivityGroup] = Field(default_factory=list[ActivityGroup])
    activities: list[Activity] = Field(default_factory=list[Activity])
    providers: list[Provider] = Field(default_factory=list[Provider])
    hierarchies: list[Hierarchy] = Field(default_factory=list[Hierarchy])
    successions: list[Succession] = Field(default_factory=list[Succession])
    reports: list[Report] = Field(default_factory=list[Report])


RECORDS: dict[str, type[Record]] = {
    "country": Country,
    "agency": Agency,
    "activity_group": ActivityGroup,
    "activity": Activity,
    "provider": Provider,
    "hierarchy": Hierarchy,
    "succession": Succession,
    "report": Report,
}

Json = dict[str, Any]
