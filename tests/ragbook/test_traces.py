"""Traces reach a collector when one is named; otherwise nothing of OpenTelemetry is loaded."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from chat.tracing import trace_with
from ragbook.traces import send_traces
from retrieval.models import Book
from tests.chat.test_answering import LISTING, asked
from tests.ragbook.documents import ROOT


class Collector(BaseHTTPRequestHandler):
    """Takes traces as an OpenTelemetry collector does."""

    spans: list[Span]
    paths: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.paths.append(self.path)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the tests' output is not a log."""


@pytest.fixture
def collector(settings: Any) -> Iterator[type[Collector]]:
    taking = type("Taking", (Collector,), {"spans": [], "paths": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://127.0.0.1:{server.server_port}"
        yield taking
        server.shutdown()
    trace_with(None)


@pytest.mark.django_db(transaction=True)
async def test_an_answer_is_one_trace_of_its_steps(
    robots: Book, collector: type[Collector]
) -> None:
    provider = send_traces()
    assert provider
    await asked()
    provider.shutdown()
    assert set(collector.paths) == {"/v1/traces"}
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"answer", "search", "speak"}
    assert len({span.trace_id for span in spans.values()}) == 1
    assert {spans[name].parent_span_id for name in ("search", "speak")} == {spans["answer"].span_id}
    told = {item.key: item.value.string_value for item in spans["answer"].attributes}
    assert (told["book"], told["outcome"]) == ("robots", "quoted")
    assert LISTING not in str(collector.spans)


def test_without_an_endpoint_nothing_is_sent_and_nothing_imported(settings: Any) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = ""
    assert send_traces() is None
    program = "import sys, chat.tracing, ragbook.traces; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not [name for name in loaded if name.startswith("opentelemetry")]


def test_without_the_packages_the_way_out_is_told(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ImproperlyConfigured, match="pip install opentelemetry-sdk"):
        send_traces()
