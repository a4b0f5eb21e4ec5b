"""Errors that carry the decision: what the reader is told, and whether trying again may help."""

from __future__ import annotations


class ChatError(Exception):
    """Base: ``code`` is stable for programs, ``message`` is for people."""

    code = "error"
    status = 400

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class QuestionInvalid(ChatError):
    code = "invalid"
    status = 422


class Unauthorized(ChatError):
    code = "unauthorized"
    status = 401


class Forbidden(ChatError):
    code = "forbidden"
    status = 403


class ProofRequired(ChatError):
    """Proof of work is wanted: the same question with one is taken."""

    code = "proof_required"
    status = 403


class NotFound(ChatError):
    """Also said to strangers, so that nobody learns which ids exist."""

    code = "not_found"
    status = 404


class Conflict(ChatError):
    code = "conflict"
    status = 409


class LimitReached(ChatError):
    code = "rate_limited"
    status = 429


class Overloaded(ChatError):
    code = "overloaded"
    status = 503


class ModelError(ChatError):
    """The model provider failed. ``retryable`` says whether the same call may succeed later."""

    code = "model_unavailable"
    status = 503

    def __init__(
        self, message: str, *, kind: str, retryable: bool = True, retry_after: int | None = None
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.kind = kind
        self.retryable = retryable


class JudgeUnavailable(ChatError):
    """The judge that was asked for is not there."""

    code = "judge_unavailable"
    status = 503
