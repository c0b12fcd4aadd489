"""Logs, traces and metrics: set up once a process, the same for every service.

A trace crosses the outbox as a W3C traceparent in the row. Never the key, never a body: neither logs nor
spans hold what an event says.
"""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()

SECRET_FIELDS = frozenset(
    {"authorization", "token", "secret", "password", "key", "database_url", "raw", "body", "data"}
)
"""Fields that no log line holds, whoever passes them."""


def configure(
    service: str, instance: str, *, level: str, log_file: Path | None, otlp_endpoint: str | None
) -> None:
    """Sets up logging (JSON lines) and tracing for this process."""
    stream: TextIO = log_file.open("a", encoding="utf-8", buffering=1) if log_file else sys.stderr
    _log_to(stream, logging.getLevelNamesMapping().get(level.upper(), logging.INFO), final=True)
    structlog.contextvars.bind_contextvars(service=service, instance=instance)
    # Libraries log through the standard library: only what an operator must see, in the same stream.
    logging.basicConfig(
        level=logging.WARNING, stream=stream, format='{"library":"%(name)s","event":%(message)r}'
    )
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.instance.id": instance})
    )
    if otlp_endpoint is not None:
        exporter = OTLPSpanExporter(endpoint=otlp_endpoint.rstrip("/") + "/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    trace.set_tracer_provider(provider)


def _log_to(stream: TextIO, threshold: int, *, final: bool) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_secrets,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=final,
    )


def shut_down() -> None:
    """Sends what is left of the traces."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def _drop_secrets(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {name: value for name, value in event.items() if name not in SECRET_FIELDS}


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that names its part of the service."""
    return structlog.get_logger(part=name)


def tracer() -> trace.Tracer:
    """The tracer of this process."""
    return trace.get_tracer("mutua")


def current_traceparent() -> str | None:
    """The current span as a W3C traceparent, or None outside of any span."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def remote_context(traceparent: str | None) -> SpanContext | None:
    """The span that `traceparent` names, or None where it names none."""
    if traceparent is None:
        return None
    context = trace.get_current_span(_PROPAGATOR.extract({"traceparent": traceparent})).get_span_context()
    return context if context.is_valid else None


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    links: tuple[str | None, ...] = (),
    attributes: dict[str, str | int] | None = None,
) -> Generator[trace.Span]:
    """A span; `parent` and `links` are traceparents of other processes. Never pass keys or contents."""
    linked = [Link(found) for found in (remote_context(one) for one in links) if found is not None]
    context = _PROPAGATOR.extract({"traceparent": parent}) if parent is not None else None
    with tracer().start_as_current_span(
        name, context=context, kind=kind, links=linked, attributes=attributes
    ) as current:
        yield current


def child_traceparent(parent: str | None) -> str | None:
    """A traceparent of the same trace for an effect of the event that carries `parent`.

    Cheaper than a span for each event of a batch: the batch has one span, its effects stay in their own
    traces.
    """
    found = remote_context(parent)
    if found is None:
        return current_traceparent()
    flags = found.trace_flags if found.trace_flags else TraceFlags(0)
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{int(flags):02x}"


# Until `configure` is called (in a program that embeds a part of a service, in a test) the same form holds:
# structlog's own prints the values of local variables, and takes seconds for it.
_log_to(sys.stderr, logging.WARNING, final=False)
