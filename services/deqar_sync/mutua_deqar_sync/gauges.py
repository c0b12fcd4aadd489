"""Metrics of the mirror, in Prometheus' form. Labels are kinds and codes, never ids."""

from prometheus_client import Counter, Gauge

CHANGED = Counter("mutua_registry_changed_total", "Rows of the mirror that changed and were told", ["kind"])
DRIFTED = Counter("mutua_registry_drifted_total", "Answers whose shape is not known", ["kind"])
FAILED = Counter("mutua_registry_failures_total", "Readings of the registry that failed", ["code"])
SNAPSHOT_AGE = Gauge("mutua_registry_snapshot_age_seconds", "Age of the newest complete pass")
SHRUNK = Gauge("mutua_registry_shrunk", "1 where the circuit-breaker waits for a person")
UNREADABLE = Gauge(
    "mutua_registry_unreadable_rows", "Rows of the last pass that the registry could not deliver"
)
REQUESTS = Gauge("mutua_registry_requests", "Requests to the registry by this process so far")
