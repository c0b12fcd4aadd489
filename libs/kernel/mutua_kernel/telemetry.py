"""Logs, traces and metrics: set up once a process, the same for every service.

A trace crosses the outbox as a W3C traceparent in the row. Never the key, never a body: neither logs nor
spans hold what an event says, and of an exception only kind and place.
"""

import json
import logging
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from mutua_kernel.mistakes import told

_PROPAGATOR = TraceContextTextMapPropagator()

SECRET_FIELDS = frozenset(
    {"authorization", "token", "secret", "password", "key", "database_url", "raw", "body", "data"}
)
"""Fields that no log line holds, whoever passes them."""
MOST_LINKS = 32
"""Events that a batch's span names; more would make a span of many kilobytes."""


def configure(
    service: str, instance: str, *, level: str, log_file: Path | None, otlp_endpoint: str | None
) -> None:
    """Sets up logging (JSON lines) and tracing for this process."""
    stream: TextIO = log_file.open("a", encoding="utf-8", buffering=1) if log_file else sys.stderr
    _log_to(stream, logging.getLevelNamesMapping().get(level.upper(), logging.INFO), final=True)
    structlog.contextvars.bind_contextvars(service=service, instance=instance)
    # Libraries log through the standard library: only what an operator must see, in the same stream.
    libraries = logging.StreamHandler(stream)
    libraries.setFormatter(_LibraryLines(service, instance))
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])
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
            _without_messages,
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


def _without_messages(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = told(error)
    return event


class _LibraryLines(logging.Formatter):
    """What libraries log, in the same form: the first line of their message, kind and place of an error."""

    def __init__(self, service: str, instance: str) -> None:
        super().__init__()
        self._whose = {"service": service, "instance": instance}

    def format(self, record: logging.LogRecord) -> str:
        first = (record.getMessage().splitlines() or [""])[0][:500]
        line: dict[str, object] = {
            **self._whose,
            "library": record.name,
            "level": record.levelname.lower(),
            "event": first,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = told(record.exc_info[1])
        return json.dumps(line, sort_keys=True)


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
        name,
        context=context,
        kind=kind,
        links=linked,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


@contextmanager
def batch_span(
    name: str,
    traceparents: Iterable[str | None],
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: dict[str, str | int] | None = None,
) -> Generator[trace.Span]:
    """The one span of a batch: in the trace of its events where they share one, else linked to theirs."""
    distinct = tuple(dict.fromkeys(one for one in traceparents if one is not None))
    parent = distinct[0] if len(distinct) == 1 else None
    links = () if parent is not None else distinct[:MOST_LINKS]
    with span(name, kind=kind, parent=parent, links=links, attributes=attributes) as current:
        yield current


def child_traceparent(parent: str | None) -> str | None:
    """The traceparent for an effect of the event that carries `parent`: it stays in the event's trace.

    The current span is named where it is of that trace, else the event's own: a span for each event of a
    batch would cost more than its effect.
    """
    if parent is None:
        return current_traceparent()
    current = trace.get_current_span().get_span_context()
    if current.is_valid and parent[3:35] == f"{current.trace_id:032x}":
        return current_traceparent()
    return parent


# Until `configure` is called (in a program that embeds a part of a service, in a test) the same form holds:
# structlog's own prints the values of local variables, and takes seconds for it.
_log_to(sys.stderr, logging.WARNING, final=False)
