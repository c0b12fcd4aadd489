"""What the coverage rule is asked and what it answers.

An answer is never a bare boolean: it names its outcome, grade and scope, the reports that govern it, every
path that was considered and the registry's facts that it rests on, so that a person sees why and a machine
can ask again later.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from mutua_coverage.reasons import Reason
from mutua_coverage.snapshot import Dependencies

RULE_VERSION = "1.1.0"
"""Changes whenever the rule may answer differently; stored with every answer."""

DEQARINST = "DEQARINST"
"""Scheme of the registry's own provider ids; the value carries the prefix, e.g. `DEQARINST7105`."""

ETER = "ETER"
"""Scheme of the European register of tertiary education."""


class Outcome(StrEnum):
    """What the registry says about a credential on its award date."""

    COVERED = "COVERED"
    COVERED_CONDITIONAL = "COVERED_CONDITIONAL"
    EVIDENCE_ONLY = "EVIDENCE_ONLY"
    REFER = "REFER"
    NOT_COVERED = "NOT_COVERED"
    EXPIRED = "EXPIRED"
    NOT_YET = "NOT_YET"
    NOT_FOUND = "NOT_FOUND"
    INDETERMINATE = "INDETERMINATE"

    @property
    def covers(self) -> bool:
        """Whether a report in force speaks for the credential; what that is worth is a policy's affair."""
        return self in (Outcome.COVERED, Outcome.COVERED_CONDITIONAL)

    @property
    def absent(self) -> bool:
        """Whether no report in force speaks about the credential at all, neither for nor against."""
        return self in (Outcome.EXPIRED, Outcome.NOT_YET, Outcome.NOT_FOUND)


class Grade(StrEnum):
    """A: part of the obligatory system of a country in the EHEA. B: every other coverage."""

    A = "A"
    B = "B"


class Scope(StrEnum):
    """What the governing report is about."""

    PROVIDER = "provider"
    PROGRAMME = "programme"


class Permission(StrEnum):
    """What a policy has to allow before this coverage may count without a person."""

    CONDITIONAL = "conditional"
    """The decision has conditions or restrictions."""
    VOLUNTARY = "voluntary"
    """The report is not part of an obligatory system."""
    OTHER_PROVIDER = "other_provider"
    """The provider is not a higher education institution."""
    OUTSIDE_EHEA = "outside_ehea"
    """The provider's seat is not known to be in the European Higher Education Area."""
    NO_PROGRAMME_MATCH = "no_programme_match"
    """Another kind of provider, or one outside the EHEA, is covered, but not the programme itself."""


class PathKind(StrEnum):
    """How a report reaches the provider."""

    DIRECT = "direct"
    SUCCESSOR = "successor"
    ABSORBED = "absorbed"
    HISTORY = "history"
    """Further back than one hop."""
    ALLIANCE = "alliance"
    FACULTY = "faculty"
    INDEPENDENT_FACULTY = "independent_faculty"
    UNUSABLE = "unusable"
    """A relation that never carries coverage."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier in a scheme as the registry names it: `DEQARINST`, `ETER`, `Erasmus`, `SCHAC`, ..."""

    scheme: str
    """Empty where it is not told."""
    value: str
    agency: str | None = None
    """Id or acronym of the agency, for identifiers local to one."""

    @classmethod
    def parse(cls, text: str) -> "Identifier":
        """From `DEQARINST7105`, `scheme:value`, or a bare value such as `AT0001`, a domain, a DID or a URL.
        Raises ValueError for everything else, e.g. a name.
        """
        text = text.strip()
        if number := re.fullmatch(rf"{DEQARINST}([0-9]+)", text, re.IGNORECASE | re.ASCII):
            return cls(DEQARINST, f"{DEQARINST}{int(number[1]):04d}")
        scheme, colon, value = (part.strip() for part in text.partition(":"))
        bare = not colon or scheme == "did" or value.startswith("//")
        if bare and re.search(r"[0-9.]", text):
            return cls("", text)
        if bare or not (scheme and value):
            raise ValueError(f"found {text!r}, expected DEQARINST7105, another identifier or scheme:value")
        return cls(scheme, value)


@dataclass(frozen=True, slots=True)
class Credential:
    """What the rule has to know about a credential. Nothing in it is about the learner."""

    provider: tuple[Identifier, ...]
    """Identifiers of the awarding body, all of the same body."""
    award_date: date
    """The day that quality is judged on."""
    programme_names: tuple[str, ...] = ()
    """Titles of the programme, in any language; empty when only the provider is asked about."""
    programme_identifiers: tuple[Identifier, ...] = ()
    """Agencies' local identifiers of the programme; an empty scheme or agency matches any."""
    level: int | None = None
    """EQF level."""
    ects: Decimal | None = None
    """Workload."""
    assessment: str | None = None
    """`assessment`, `attendance` or `none`, as in the registry's list; null when it is not stated."""
    degree: bool = False
    """Whether it is a full degree."""
    alliance: str | None = None
    """DEQARINST id of the alliance in whose provision it was awarded."""

    @property
    def names_programme(self) -> bool:
        """Whether there is anything to match a programme by."""
        return bool(self.programme_names or self.programme_identifiers)


@dataclass(frozen=True, slots=True)
class Governing:
    """A report that the answer follows, and when the registry was last asked about it."""

    report: str
    agency: str
    """The registry's id of the agency that made it."""
    listed_at: datetime | None
    detailed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a set of reports says."""

    outcome: Outcome
    grade: Grade | None = None
    scope: Scope | None = None
    governing: tuple[Governing, ...] = ()
    permissions: frozenset[Permission] = frozenset()
    reasons: tuple[Reason, ...] = ()

    def noting(self, *notes: Reason) -> "Verdict":
        """The same verdict with more to read."""
        return replace(self, reasons=(*self.reasons, *notes))


@dataclass(frozen=True, slots=True)
class Path:
    """One way from the provider to reports, and what the reports found there say when taken alone."""

    kind: PathKind
    provider: str
    """DEQARINST id of the provider whose reports were looked at."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Coverage:
    """The answer.

    `grade` is set where the outcome covers, `scope` also where it is NOT_COVERED; `governing` names the
    reports that led to the outcome, whatever it is. Automatic use asks for `outcome.covers` and for a policy
    that allows all `permissions`.
    """

    outcome: Outcome
    grade: Grade | None
    scope: Scope | None
    governing: tuple[Governing, ...]
    permissions: frozenset[Permission]
    reasons: tuple[Reason, ...]
    paths: tuple[Path, ...]
    provider: str | None
    """DEQARINST id that the awarding body resolved to; null when it did not."""
    award_date: date
    snapshot: str
    """Id of the snapshot."""
    as_of: datetime
    """How fresh the snapshot's facts are at least."""
    dependencies: Dependencies
    """Every fact that was read, also in vain."""
    rule_version: str = RULE_VERSION

    @property
    def reports(self) -> tuple[str, ...]:
        """Ids of the governing reports."""
        return tuple(governing.report for governing in self.governing)

    @property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        """(kind, id) of the facts that carry the answer, sorted: the few that a reader has to see.

        `dependencies` names all that could have changed it.
        """
        pairs = {("report", id) for reason in self.reasons for id in reason.reports}
        pairs |= {("provider", id) for id in self.dependencies.providers}
        pairs |= {("country", id) for id in self.dependencies.countries}
        for each in self.governing:
            pairs |= {("report", each.report), ("agency", each.agency)}
        return tuple(sorted(pairs))
