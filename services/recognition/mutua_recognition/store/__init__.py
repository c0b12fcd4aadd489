"""Recognition's SQL for batches, called by name with columns: one statement each."""

from mutua_recognition.store.credentials import (
    IssuedCredential,
    RuleRequest,
    follow_compromise,
    load_statuses,
    store_issued,
    store_statuses,
)
from mutua_recognition.store.evaluations import (
    DueRequest,
    EvaluatedRequest,
    claim_due,
    postpone,
    store_evaluated,
)
from mutua_recognition.store.evidence import (
    RegistryRows,
    SnapshotPassed,
    load_issuers,
    load_registry,
    load_seal_holders,
)
from mutua_recognition.store.projections import project_issuers, project_registry, project_snapshot
from mutua_recognition.store.queries import SQL, compact

__all__ = [
    "SQL",
    "DueRequest",
    "EvaluatedRequest",
    "IssuedCredential",
    "RegistryRows",
    "RuleRequest",
    "SnapshotPassed",
    "claim_due",
    "compact",
    "follow_compromise",
    "load_issuers",
    "load_registry",
    "load_seal_holders",
    "load_statuses",
    "postpone",
    "project_issuers",
    "project_registry",
    "project_snapshot",
    "store_evaluated",
    "store_issued",
    "store_statuses",
]
