"""What a quality report covers on a day: one pure function over a snapshot of the registry."""

from mutua_coverage.model import (
    DEQARINST,
    ETER,
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
from mutua_coverage.plain import as_json
from mutua_coverage.reasons import Code, Reason
from mutua_coverage.rule import covered, dependencies, untold
from mutua_coverage.snapshot import Dependencies, MemorySnapshot, Row, Snapshot, identifier_key

__all__ = [
    "DEQARINST",
    "ETER",
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
    "as_json",
    "covered",
    "dependencies",
    "identifier_key",
    "untold",
]
