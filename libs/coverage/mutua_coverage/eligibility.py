"""Which reports count on a day: the window of the report and the registration of its agency when it began.

"Could not tell" is kept apart from "no": the registry shows one interval of registration per agency, so a
report that began outside it is uncertain, never rejected.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from mutua_contracts.registry import (
    REPORT_DECISIONS,
    REPORT_FLAGS,
    REPORT_STATUSES,
    REPORT_TYPES,
    AgencyFacts,
    ReportFacts,
)
from mutua_coverage.dates import last_day, within_inclusive, years_after
from mutua_coverage.model import PathKind
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.snapshot import Row, Snapshot

_LONGEST_TERM_YEARS = 6
"""A registration runs five years; its renewal is decided within the year after."""


class Standing(Enum):
    """How a report stands on a day."""

    IN_FORCE = auto()
    UNCERTAIN = auto()
    """In its window, but whether its agency was registered when it began cannot be told."""
    UNREADABLE = auto()
    """In its window, but with a code that this version does not know."""
    ENDED = auto()
    NOT_STARTED = auto()
    WITHHELD = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that may speak for the provider, the way it was reached, and how it stands on the day."""

    report: Row[ReportFacts]
    kind: PathKind
    subject: str
    """Provider that the report is about."""
    standing: Standing
    note: Reason | None = None

    @property
    def facts(self) -> ReportFacts:
        return self.report.facts

    @property
    def order(self) -> tuple[date, int, str]:
        """Later begins are newer; ties go to the greater id, which the registry counts up."""
        id = self.report.id
        return self.facts.valid_from, int(id) if id.isascii() and id.isdecimal() else 0, id

    @property
    def visible(self) -> bool:
        """Whether the registry still shows it."""
        return self.standing not in (Standing.WITHHELD, Standing.GONE)

    @property
    def obligatory(self) -> bool:
        return self.facts.status == "obligatory"

    @property
    def positive(self) -> bool:
        """Whether its decision is a yes, with or without conditions."""
        return self.facts.decision in ("positive", "conditional")

    @property
    def negative(self) -> bool:
        return self.facts.decision == "negative"

    def contradicts(self, other: "Candidate") -> bool:
        """Whether one says yes and the other no."""
        return (self.negative and other.positive) or (self.positive and other.negative)

    @property
    def doubtful(self) -> bool:
        """Whether it may speak against: negative, or a decision that this version does not know."""
        return not self.positive and self.facts.decision != "not applicable"


def candidate(
    report: Row[ReportFacts], kind: PathKind, subject: str, day: date, snapshot: Snapshot
) -> Candidate:
    """The report with its standing on `day`."""
    facts = report.facts
    if report.gone:
        return Candidate(report, kind, subject, Standing.GONE)
    if report.withheld or facts.flag == "high":
        return Candidate(report, kind, subject, Standing.WITHHELD)
    if day > last_day(facts):
        return Candidate(report, kind, subject, Standing.ENDED)
    if day < facts.valid_from:
        return Candidate(report, kind, subject, Standing.NOT_STARTED)
    if unknown := _unknown_codes(facts):
        note = Reason(Code.UNKNOWN_CODE, unknown, "a code of the registry's lists", (report.id,))
        return Candidate(report, kind, subject, Standing.UNREADABLE, note)
    agency = snapshot.agency(facts.agency.id)
    known = None if agency is None or agency.gone else agency.facts
    if known is not None and _in_current_registration(known, facts.valid_from):
        return Candidate(report, kind, subject, Standing.IN_FORCE)
    if known is not None and _registered_by_decisions(known, facts.valid_from):
        found = "an earlier registration, shown by the register's decisions"
        note = Reason(Code.REGISTRATION_FROM_DECISIONS, found, "the agency registered", (report.id,))
        return Candidate(report, kind, subject, Standing.IN_FORCE, note)
    expected = f"agency {facts.agency.id} registered on {facts.valid_from}"
    note = Reason(Code.AGENCY_UNCERTAIN, _registration(known), expected, (report.id,))
    return Candidate(report, kind, subject, Standing.UNCERTAIN, note)


def _unknown_codes(facts: ReportFacts) -> str:
    read = (
        (facts.type, REPORT_TYPES),
        (facts.status, REPORT_STATUSES),
        (facts.decision, REPORT_DECISIONS),
        (facts.flag, REPORT_FLAGS),
    )
    return ", ".join(value for value, known in read if value not in known)


def _in_current_registration(agency: AgencyFacts, start: date) -> bool:
    if agency.registered_from is None or (agency.registered_to is None and not agency.registered):
        return False
    if not within_inclusive(start, agency.registered_from, agency.registered_to):
        return False
    before, after = _steps(agency, start)
    return not (before and after and after[0][1] == "admission")  # two registrations shown as one


def _registered_by_decisions(agency: AgencyFacts, start: date) -> bool:
    """A renewal continues a registration, so between two decisions of which the later is a renewal it held.

    A second admission means that there was a gap, and so may an extraordinary decision or a longer time than
    one term.
    """
    before, after = _steps(agency, start)
    if not before or not after:
        return False
    (last, kind), (on, following) = before[-1], after[0]
    if kind == "extraordinary" or following != "renewal":
        return False
    return on <= years_after(last, _LONGEST_TERM_YEARS)


def _steps(agency: AgencyFacts, day: date) -> tuple[list[tuple[date, str]], list[tuple[date, str]]]:
    """Decisions that begin, continue or may end a registration: until `day`, and later."""
    kinds = ("admission", "renewal", "extraordinary")
    steps = sorted((each.on, each.kind) for each in agency.decisions if each.kind in kinds)
    return [step for step in steps if step[0] <= day], [step for step in steps if step[0] > day]


def _registration(agency: AgencyFacts | None) -> str:
    if agency is None:
        return "agency not in the snapshot"
    return f"registered {agency.registered_from or 'unknown'} to {agency.registered_to or 'open'}"
