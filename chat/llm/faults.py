"""Every way in which a model provider can fail a reader, with what the reader is told."""

from __future__ import annotations

from enum import StrEnum

from chat.errors import ModelError


class Fault(StrEnum):
    """``ModelError.kind``: stable for logs and metrics."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    SERVER = "server"
    UNAUTHORIZED = "unauthorized"
    REJECTED = "rejected"
    WRONG_TYPE = "wrong_type"
    MALFORMED = "malformed"
    PROVIDER = "provider"
    EMPTY = "empty"
    CUT = "cut"
    LENGTH = "length"
    FILTERED = "filtered"
    OVERSIZED = "oversized"
    SDK = "sdk"


_BUSY = "The answering service is busy. Please try again in a moment."
_SILENT = "The answering service did not answer in time. Please try again."
_BROKEN = "The answer broke off. Please try again."
_MISCONFIGURED = "The answering service is not available at the moment."
_TOO_LONG = "The answer became too long. Please ask a narrower question."

# kind: what the reader is told, and whether the same call may succeed later
_SAID: dict[Fault, tuple[str, bool]] = {
    Fault.UNREACHABLE: ("The answering service cannot be reached. Please try again.", True),
    Fault.TIMEOUT: (_SILENT, True),
    Fault.DEADLINE: (_SILENT, True),
    Fault.RATE_LIMITED: (_BUSY, True),
    Fault.QUOTA: (_MISCONFIGURED, False),
    Fault.SERVER: (_BUSY, True),
    Fault.UNAUTHORIZED: (_MISCONFIGURED, False),
    Fault.REJECTED: (_MISCONFIGURED, False),
    Fault.WRONG_TYPE: (_MISCONFIGURED, False),
    Fault.MALFORMED: (_BROKEN, True),
    Fault.PROVIDER: (_BROKEN, True),
    Fault.EMPTY: (_BROKEN, True),
    Fault.CUT: (_BROKEN, True),
    Fault.LENGTH: (_TOO_LONG, False),
    Fault.FILTERED: ("The answering service declined to answer this question.", False),
    Fault.OVERSIZED: (_TOO_LONG, False),
    Fault.SDK: (_BROKEN, True),
}


def model_error(fault: Fault, detail: str = "", *, retry_after: int | None = None) -> ModelError:
    """The error for ``fault``. ``detail`` is for the operator's log only: it becomes a note."""
    message, retryable = _SAID[fault]
    error = ModelError(message, kind=fault.value, retryable=retryable, retry_after=retry_after)
    if detail:
        error.add_note(detail)
    return error
