"""One module for each thing on the desk; importing them registers them."""

from desk.admin import (
    answers,
    audits,
    books,
    conversations,
    editions,
    feedback,
    findings,
    people,
    sections,
)

__all__ = [
    "answers",
    "audits",
    "books",
    "conversations",
    "editions",
    "feedback",
    "findings",
    "people",
    "sections",
]
