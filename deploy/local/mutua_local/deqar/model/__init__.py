"""The records of the registry's database: what is true, whatever the search index says.

Fields follow the public fixtures of the backend; a field that is absent has the backend's own default.
Instants of creation and update are plain date-times in UTC, everything else is a date.
"""

from pydantic import Field

from .agencies import (
    Activity,
    ActivityGroup,
    Agency,
    AgencyName,
    AgencyNameVersion,
    Country,
    EqarDecision,
    FocusCountry,
    QaRequirement,
    Regulation,
)
from .base import (
    BrokenRecord,
    HistoryEntry,
    Json,
    Record,
)
from .providers import (
    Hierarchy,
    Location,
    NameVersion,
    Provider,
    ProviderIdentifier,
    ProviderLevel,
    ProviderName,
    Succession,
)
from .reports import (
    Programme,
    ProgrammeIdentifier,
    ProgrammeName,
    Report,
    ReportCheck,
    ReportFile,
    ReportLink,
)

__all__ = [
    "RECORDS",
    "Activity",
    "ActivityGroup",
    "Agency",
    "AgencyName",
    "AgencyNameVersion",
    "BrokenRecord",
    "Country",
    "Dataset",
    "EqarDecision",
    "FocusCountry",
    "Hierarchy",
    "HistoryEntry",
    "Json",
    "Location",
    "NameVersion",
    "Programme",
    "ProgrammeIdentifier",
    "ProgrammeName",
    "Provider",
    "ProviderIdentifier",
    "ProviderLevel",
    "ProviderName",
    "QaRequirement",
    "Record",
    "Regulation",
    "Report",
    "ReportCheck",
    "ReportFile",
    "ReportLink",
    "Succession",
]


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
