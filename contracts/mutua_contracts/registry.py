"""Events of the quality-assurance registry's mirror: facts of providers, reports, agencies and countries.

Every event carries the whole state of its key with a monotonic revision. A removal is an event with
`gone: true` and the last known facts; a reader keeps the gone row, so that a late duplicate cannot
resurrect it.
"""

from typing import Annotated

from pydantic import Field

from mutua_contracts.credential import Digest
from mutua_contracts.model import Codes, Day, Instant, Wire

REPORT_TYPES = ("institutional", "programme", "joint programme", "institutional/programme")
NO_TYPE = "unknown"
"""Of a report whose activity is no longer in the registry."""
REPORT_STATUSES = ("obligatory", "voluntary")
REPORT_DECISIONS = ("positive", "conditional", "negative", "not applicable")
REPORT_FLAGS = ("none", "low", "high")
PROGRAMME_TYPES = ("full degree", "micro-credential", "other provision")
ASSESSMENTS = ("attendance", "assessment", "none")
RELATIONS = (
    "consortium",
    "faculty",
    "independent faculty or school",
    "franchise or validation",
    "educational platform",
    "alliance",
    "succeeded",
    "succeeded by",
    "absorbed",
    "was absorbed by",
    "spun off",
    "was spun off from",
)
NO_RELATION = "unspecified"
"""Of a hierarchy whose kind the registry does not tell."""
QA_LEVELS = ("institutional", "programme", "both")


class AgencyRef(Wire):
    """An agency as a report names it."""

    id: str
    """The registry's id of the agency."""
    acronym: str | None = None
    """Its acronym when the report was read."""


class RegistryIdentifier(Wire):
    """An identifier with the days on which it counts (inclusive end converted to half-open)."""

    resource: str
    """Scheme as the registry names it, e.g. `Erasmus`, `SCHAC`, `ETER`."""
    value: str
    """The identifier."""
    valid_from: Day | None = None
    """First day."""
    valid_to: Day | None = None
    """First day on which it no longer counts."""
    agency: str | None = None
    """Agency, where the identifier is local to one."""


class ProviderName(Wire):
    """A name of a provider."""

    name: str
    """The name."""
    kind: Annotated[str, Codes(("official", "english", "transliterated", "version", "acronym"))]
    """What kind of name."""
    valid_to: Day | None = None
    """First day on which it is no longer its name."""


class ProviderLocation(Wire):
    """A place of a provider; a verified one is a legal seat."""

    country: str
    """Country or sub-system code."""
    city: str | None = None
    """City."""
    verified: bool
    """Whether the registry verified it as the legal seat."""
    valid_from: Day | None = None
    """First day."""
    valid_to: Day | None = None
    """First day on which it is no longer there."""


class QfLevel(Wire):
    """A cycle of QF-EHEA that a provider offers, as EQF level 5 to 8."""

    eqf: Annotated[int, Field(ge=1, le=8)]
    """EQF level: short cycle 5, first 6, second 7, third 8."""
    valid_from: Day | None = None
    """First day."""
    valid_to: Day | None = None
    """First day on which it is no longer offered."""


class Relation(Wire):
    """A relation. History reads as a sentence, this provider <kind> <other>; in hierarchy `role` says what
    `other` is."""

    kind: Annotated[str, Codes((*RELATIONS, NO_RELATION))]
    """What relates them."""
    role: Annotated[str, Codes(("parent", "child", "historical"))]
    """For hierarchical relations, what `other` is to this provider."""
    other: str
    """DEQARINST id of the other provider."""
    on: Day | None = None
    """Day of a historical relation."""
    valid_from: Day | None = None
    """First day of a hierarchical relation."""
    valid_to: Day | None = None
    """First day on which it no longer holds."""


class ProviderFacts(Wire):
    """Facts of an institution or other provider."""

    names: tuple[ProviderName, ...]
    """Names, also former ones."""
    identifiers: tuple[RegistryIdentifier, ...] = ()
    """Identifiers beside the DEQARINST id."""
    countries: tuple[ProviderLocation, ...] = ()
    """Places."""
    founded: Day | None = None
    """Founding day."""
    closed: Day | None = None
    """Closing day."""
    levels: tuple[QfLevel, ...] = ()
    """Cycles offered; empty means that they are not known."""
    other_provider: bool = False
    """True for an alternative provider."""
    relations: tuple[Relation, ...] = ()
    """Hierarchy and history."""


class Programme(Wire):
    """A programme row of a report."""

    names: tuple[str, ...]
    """All its names, the primary one first."""
    identifiers: tuple[RegistryIdentifier, ...] = ()
    """Agencies' local identifiers."""
    type: Annotated[str, Codes(PROGRAMME_TYPES)]
    """Derived by the registry: below 60 ECTS without full degree is a micro-credential."""
    level: Annotated[int, Field(ge=1, le=8)] | None = None
    """EQF level."""
    ects: int | None = None
    """Workload; the registry holds integers only."""
    degree: bool | None = None
    """Whether it leads to a full degree."""
    assessment: Annotated[str, Codes(ASSESSMENTS)] | None = None
    """What is certified."""
    isced_f: str | None = None
    """Field of study, ISCED-F 2013."""


class ReportFile(Wire):
    """A file of a report."""

    name: str
    """Name shown."""
    url: str | None = None
    """Where it is; null while the registry has none."""
    languages: tuple[str, ...] = ()
    """Languages."""


class ReportFacts(Wire):
    """Facts of a quality-assurance report."""

    agency: AgencyRef
    """The agency that made it."""
    contributing_agencies: tuple[AgencyRef, ...] = ()
    """Agencies that took part; they never matter for eligibility."""
    providers: tuple[str, ...]
    """DEQARINST ids of the providers that it is about."""
    platforms: tuple[str, ...] = ()
    """DEQARINST ids of platforms; a platform is not a provider."""
    type: Annotated[str, Codes((*REPORT_TYPES, NO_TYPE))]
    """Kind of activity."""
    status: Annotated[str, Codes(REPORT_STATUSES)]
    """Part of the obligatory system, or voluntary."""
    decision: Annotated[str, Codes(REPORT_DECISIONS)]
    """The formal decision."""
    flag: Annotated[str, Codes(REPORT_FLAGS)]
    """A high flag withholds a report; it is not a judgement on the institution."""
    valid_from: Day
    """First day, inclusive."""
    valid_to: Day | None = None
    """Last day, INCLUSIVE as the registry states it; null means six years from `valid_from`."""
    programmes: tuple[Programme, ...] = ()
    """Programmes that it is about."""
    files: tuple[ReportFile, ...] = ()
    """Its files."""
    local_identifier: str | None = None
    """The agency's own identifier."""


class AgencyActivity(Wire):
    """An activity of an agency."""

    id: str
    """The registry's id."""
    name: str
    """Its name."""
    type: Annotated[str, Codes(REPORT_TYPES)]
    """Kind."""
    valid_from: Day | None = None
    """First day."""
    valid_to: Day | None = None
    """Last day, inclusive."""


class AgencyDecision(Wire):
    """A decision about an agency's registration."""

    on: Day
    """Day."""
    kind: Annotated[str, Codes(("renewal", "change", "compliant", "admission", "extraordinary"))]
    """What was decided."""


class AgencyFacts(Wire):
    """Facts of a quality-assurance agency. Contact data of people is never kept."""

    acronym: str
    """Acronym."""
    name: str
    """Name."""
    registered_from: Day | None = None
    """First day of the current registration."""
    registered_to: Day | None = None
    """Last day, inclusive; null is open."""
    registered: bool = True
    """Whether the registry calls it registered now."""
    activities: tuple[AgencyActivity, ...] = ()
    """What it does."""
    decisions: tuple[AgencyDecision, ...] = ()
    """Decisions about its registration."""


class QaRequirement(Wire):
    """What a system requires, and when."""

    level: Annotated[str, Codes(QA_LEVELS)]
    """Institutional, programme or both."""
    valid_from: Day | None = None
    """First day."""
    valid_to: Day | None = None
    """Last day, inclusive."""


class CountryFacts(Wire):
    """Facts of a country or sub-system of higher education."""

    code: str
    """ISO 3166 alpha-2, or a sub-system such as `BE-fl`."""
    name: str
    """English name."""
    ehea_member: bool
    """Member of the European Higher Education Area."""
    qa_requirements: tuple[QaRequirement, ...] = ()
    """What external quality assurance is required."""
    has_full_institution_list: bool = False
    """Whether the registry claims to list every institution."""


class RegistryChange(Wire):
    """What every change of the mirror says."""

    registry: Annotated[str, Codes(("deqar",))]
    """Which registry."""
    id: Annotated[str, Field(min_length=1, max_length=100)]
    """The registry's id: `DEQARINST7105` for providers, numbers as text otherwise."""
    revision: Annotated[int, Field(ge=1)]
    """Rises with every change of this id."""
    gone: bool = False
    """True where the registry no longer has it; the facts are then the last known ones."""
    withheld: bool = False
    """True where the registry hides it (high flag): the last good facts stay."""
    listed_at: Instant | None = None
    """When it was last seen in a list."""
    detailed_at: Instant | None = None
    """When its detail was last read."""


class ProviderChanged(RegistryChange):
    """A provider's facts changed."""

    facts: ProviderFacts
    """The facts."""


class ReportChanged(RegistryChange):
    """A report's facts changed."""

    facts: ReportFacts
    """The facts."""


class AgencyChanged(RegistryChange):
    """An agency's facts changed."""

    facts: AgencyFacts
    """The facts."""


class CountryChanged(RegistryChange):
    """A country's facts changed."""

    facts: CountryFacts
    """The facts."""


class SnapshotCompleted(Wire):
    """A full pass over the registry is complete: every change that it found stands before this event."""

    registry: Annotated[str, Codes(("deqar",))]
    """Which registry."""
    snapshot: str
    """Id of the snapshot; rises."""
    started_at: Instant
    """When the pass began: facts are at least this fresh."""
    completed_at: Instant
    """When it ended."""
    digest: Digest
    """Digest over (kind, id, revision) of all rows, sorted: the mirror as of this snapshot."""
    counts: dict[str, int]
    """Rows that are not gone, by kind."""
    unreadable: int = 0
    """Rows that the registry could not deliver."""
