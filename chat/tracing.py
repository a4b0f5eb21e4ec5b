"""Spans of an answer's steps, for OpenTelemetry. While none listens, a span is one comparison."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_tracer: Tracer | None = None
_NOTHING: AbstractContextManager[Any] = nullcontext()


def trace_with(tracer: Tracer | None) -> None:
    """Give the spans of this process to ``tracer`` from now on; None gives them to nobody."""
    global _tracer
    _tracer = tracer


def span(name: str, **attributes: str) -> AbstractContextManager[Any]:
    """The step that runs inside, as a part of the step around it.

    Attributes are words of ours (a book's slug, an outcome), never a reader's. Exceptions are not
    recorded: their messages may quote anything.
    """
    if _tracer is None:
        return _NOTHING
    return _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    )


def tell(current: Any, **attributes: str) -> None:
    """Say of the step what was not known when it began."""
    if current is not None:
        current.set_attributes(attributes)
