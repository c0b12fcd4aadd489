"""Reports with their programmes and files."""

from datetime import date, datetime

from pydantic import Field

from .base import BrokenRecord, Record


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
    names: list[ProgrammeName] = Field(default_factory=list[ProgrammeName])
    identifiers: list[ProgrammeIdentifier] = Field(default_factory=list[ProgrammeIdentifier])
    nqf_level: str = ""
    qf_ehea_level: int | None = None
    countries: list[int] = Field(default_factory=list[int])
    degree_outcome: int = 1
    workload_ects: int | None = None
    assessment: int | None = None
    field_study: str | None = None
    learning_outcomes: list[str] = Field(default_factory=list[str])
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
    languages: list[str] = Field(default_factory=list[str])


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
    contributing_agencies: list[int] = Field(default_factory=list[int])
    activities: list[int] = Field(default_factory=list[int])
    local_identifier: str | None = None
    institutions: list[int] = Field(default_factory=list[int])
    platforms: list[int] = Field(default_factory=list[int])
    programmes: list[Programme] = Field(default_factory=list[Programme])
    status: int
    decision: int
    flag: int = 1
    valid_from: date
    valid_to: date | None = None
    created_at: datetime
    updated_at: datetime
    summary: str = ""
    other_comment: str | None = ""
    files: list[ReportFile] = Field(default_factory=list[ReportFile])
    links: list[ReportLink] = Field(default_factory=list[ReportLink])
    checks: list[ReportCheck] = Field(default_factory=list[ReportCheck])
    first_log: datetime | None = None
