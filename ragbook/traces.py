"""Traces for OpenTelemetry, where an endpoint takes them; without one nothing is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chat.tracing import trace_with

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the packages that send traces are not installed: "
    "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
)


def send_traces() -> TracerProvider | None:
    """Send the spans of answers in batches, from a thread of their own; None when turned off.

    Raises ``ImproperlyConfigured`` when an endpoint is named and the exporter is not installed.
    """
    endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT
    if not endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ImproperlyConfigured(MISSING) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "ragbook"}))
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace_with(provider.get_tracer("ragbook"))
    return provider
