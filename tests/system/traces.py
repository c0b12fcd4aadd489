"""Traces as the tests' own receiver got them (OTLP over HTTP)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from house import House
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class Span:
    """One span; ids in hexadecimal digits."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    """Trace ids of the spans that it links to."""


def spans(house: House) -> Iterator[Span]:
    """Every span that has been exported so far."""
    for sent in house.spans.sent("/v1/traces"):
        for resource in ExportTraceServiceRequest.FromString(sent.body).resource_spans:
            attributes = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for one in scope.spans:
                    yield Span(
                        attributes["service.name"],
                        one.name,
                        one.trace_id.hex(),
                        one.span_id.hex(),
                        one.parent_span_id.hex(),
                        tuple(link.trace_id.hex() for link in one.links),
                    )
