"""One module for each thing on the desk; importing them registers them."""

from desk.admin import (
    answers,
    audits,
    books,
    conversations,
    corrections,
    editions,
    feedback,
    findings,
    gaps,
    golden,
    jobs,
    people,
    reviews,
    sections,
)

__all__ = [
    "answers",
    "audits",
    "books",
    "conversations",
    "corrections",
    "editions",
    "feedback",
    "findings",
    "gaps",
    "golden",
    "jobs",
    "people",
    "reviews",
    "sections",
]
