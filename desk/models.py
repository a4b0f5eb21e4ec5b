"""Who works on which book."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from desk.gap import Gap, GapQuestion
from desk.golden import GoldenQuestion
from desk.job import Job
from desk.review import Review, ReviewEvent, SentenceLabel
from desk.tally import Tally
from retrieval.models import Book

__all__ = [
    "Assignment",
    "Gap",
    "GapQuestion",
    "GoldenQuestion",
    "Job",
    "Review",
    "ReviewEvent",
    "SentenceLabel",
    "Tally",
]


class Assignment(models.Model):
    """An editor works on a book. Whoever may work on every book needs none."""

    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments"
    )
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="assignments")

    class Meta:
        ordering = ["book__title"]
        constraints = [
            models.UniqueConstraint(fields=["editor", "book"], name="assignment_unique"),
        ]
        permissions = [
            ("every_book", "Can work on every book"),
            ("export_conversations", "Can export conversations"),
        ]

    def __str__(self) -> str:
        return f"{self.editor} works on {self.book}"
