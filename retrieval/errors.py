"""What can go wrong with a book. Each error says what its catcher has to decide or tell."""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of the errors of this app; ``hint`` is the way out, for a person."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BookNotFound(RetrievalError):
    """No published book has this slug (or it has no live edition yet)."""


class SourceError(RetrievalError):
    """The source cannot be ingested: unreadable, empty, or of no known format."""


class IngestRunning(RetrievalError):
    """Another ingest of the same book holds the lock."""


class EditionNotFound(RetrievalError):
    """The book has no such edition to go back to."""


class StorageUnavailable(RetrievalError):
    """The data folder did not take what was to be stored."""


class EmbeddingError(RetrievalError):
    """The embedding model is unknown, missing, damaged or unreachable."""


class IndexUnavailable(RetrievalError):
    """The search index did not answer; the caller may try again or degrade."""


class QuestionsError(RetrievalError):
    """A question file is missing or a line of it is not usable."""
