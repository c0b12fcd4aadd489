"""Countries with their rules, and agencies with what they do."""

from datetime import date

from pydantic import Field

from .base import HistoryEntry, Record


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
    qa_requirements: list[QaRequirement] = Field(default_factory=list[QaRequirement])
    regulations: list[Regulation] = Field(default_factory=list[Regulation])
    history: list[HistoryEntry] = Field(default_factory=list[HistoryEntry])


class AgencyNameVersion(Record):
    name: str
    name_transliterated: str = ""
    name_is_primary: bool = False
    acronym: str = ""
    acronym_transliterated: str = ""
    acronym_is_primary: bool = False


class AgencyName(Record):
    id: int
    versions: list[AgencyNameVersion] = Field(default_factory=list[AgencyNameVersion])
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
    names: list[AgencyName] = Field(default_factory=list[AgencyName])
    is_registered: bool = True
    registration_start: date | None = None
    registration_valid_to: date | None = None
    registration_note: str = ""
    contact_person: str = ""
    phones: list[str] = Field(default_factory=list[str])
    emails: list[str] = Field(default_factory=list[str])
    address: str = ""
    country: int
    website_link: str = ""
    reports_link: str = ""
    logo: str | None = None
    geographical_focus: int | None = None
    associations: list[str] = Field(default_factory=list[str])
    decisions: list[EqarDecision] = Field(default_factory=list[EqarDecision])
    specialisation_note: str = ""
    description_note: str = ""
    focus_countries: list[FocusCountry] = Field(default_factory=list[FocusCountry])
    history: list[HistoryEntry] = Field(default_factory=list[HistoryEntry])


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
