"""Metrics that matter to an operator, in Prometheus' form. Labels are names of ours, never ids or
contents."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

OUTBOX_AGE = Gauge("mutua_outbox_oldest_seconds", "Age of the oldest fact that waits to be published")
OUTBOX_ROWS = Gauge("mutua_outbox_rows", "Facts that wait to be published")
OUTBOX_BLOCKED = Gauge("mutua_outbox_blocked_rows", "Facts that cannot be published")
RELAY_LEADER = Gauge("mutua_relay_leader", "1 where this process publishes the shard", ["shard"])
RELAY_PUBLISHED = Counter("mutua_relay_published_total", "Facts published", ["topic"])
RELAY_ERRORS = Counter("mutua_relay_errors_total", "Attempts to publish that failed", ["cause"])

LAG_SECONDS = Gauge(
    "mutua_consumer_lag_seconds", "Age of the newest event handled, when it was handled", ["stream"]
)
LAG_EVENTS = Gauge("mutua_consumer_lag_events", "Events on the broker that were not handled yet", ["stream"])
BATCH_SIZE = Histogram("mutua_batch_events", "Events in one transaction", ["stream"], buckets=_SIZES)
BATCH_SECONDS = Histogram("mutua_batch_seconds", "Duration of one batch", ["stream"], buckets=_SECONDS)
OUTCOMES = Counter("mutua_outcomes_total", "What became of events", ["stream", "outcome"])
RETRIES = Counter("mutua_retries_total", "Batches tried again because of infrastructure", ["stream"])
PARKED = Gauge("mutua_parked_events", "Events that wait in the park", ["stream", "reason"])
HALTED = Gauge(
    "mutua_stream_halted", "1 where a stream was stopped because too much of it failed", ["stream"]
)

HTTP_SECONDS = Histogram(
    "mutua_http_request_seconds", "Duration of HTTP requests", ["route", "method", "status"], buckets=_SECONDS
)
