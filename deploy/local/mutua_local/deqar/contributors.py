"""Whose reports the registry shows under a provider: its own, and those that relations lend to it.

The real server mixes reports that name the provider, reports that name it only as platform, reports of its
children, of the alliance that it belongs to, and of the institutions that it succeeded or absorbed.
"""

from dataclasses import dataclass
from datetime import date

from .dates import end_of_validity
from .model import Report
from .records import Role
from .truth import Truth

_CHILDREN = (None, 1, 2, 3, 5)
_ALLIANCE = 7
_SUCCEEDED, _ABSORBED = 2, 3


@dataclass(frozen=True, slots=True)
class Contributor:
    """A provider whose reports count when they are valid somewhere inside [since, until]; of a predecessor
    only those that name it as a provider, not as a platform.
    """

    provider: int
    since: date | None = None
    until: date | None = None
    predecessor: bool = False

    @property
    def roles(self) -> tuple[Role, ...]:
        return ("institution",) if self.predecessor else ("institution", "platform")

    @property
    def admits_all(self) -> bool:
        return self.since is None and self.until is None

    def admits(self, report: Report) -> bool:
        ends = end_of_validity(report.valid_from, report.valid_to)
        return (self.since is None or ends >= self.since) and (
            self.until is None or report.valid_from <= self.until
        )


def contributors(truth: Truth, provider: int) -> list[Contributor]:
    children = [h for h in truth.hierarchies(parent=provider) if h.type in _CHILDREN]
    alliances = [h for h in truth.hierarchies(child=provider) if h.type == _ALLIANCE]
    succeeded = [s for s in truth.successions(target=provider) if s.type == _SUCCEEDED]
    absorbed = [s for s in truth.successions(source=provider) if s.type == _ABSORBED]
    return [
        Contributor(provider),
        *(Contributor(h.child, h.valid_from, h.valid_to) for h in children),
        *(Contributor(h.parent, h.valid_from, h.valid_to) for h in alliances),
        *(Contributor(s.source, since=s.date, predecessor=True) for s in succeeded),
        *(Contributor(s.target, since=s.date, predecessor=True) for s in absorbed),
    ]


def has_report(truth: Truth, provider: int) -> bool:
    """Whether the by-institution lists could show any report, whatever its flag."""
    return any(
        contributor.admits_all or contributor.admits(truth.get(Report, key))
        for contributor in contributors(truth, provider)
        for key in truth.reports_of(contributor.provider, *contributor.roles)
    )
