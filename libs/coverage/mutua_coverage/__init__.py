"""What a quality report covers on a day: one pure function over a snapshot of the registry."""

from mutua_coverage.model import (
    DEQARINST,
    RULE_VERSION,
    Coverage,
    Credential,
    Governing,
    Grade,
    Identifier,
    Outcome,
    Path,
    PathKind,
    Permission,
    Scope,
    Verdict,
)
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.rule import covered
from mutua_coverage.snapshot import Dependencies, MemorySnapshot, Row, Snapshot, identifier_key

__all__ = [
    "DEQARINST",
    "RULE_VERSION",
    "Code",
    "Coverage",
    "Credential",
    "Dependencies",
    "Governing",
    "Grade",
    "Identifier",
    "MemorySnapshot",
    "Outcome",
    "Path",
    "PathKind",
    "Permission",
    "Reason",
    "Row",
    "Scope",
    "Snapshot",
    "Verdict",
    "covered",
    "identifier_key",
]
