"""What was counted of days that are over: the dashboard's figures, which outlive conversations."""

from __future__ import annotations

from django.db import models

from retrieval.models import Book


class Tally(models.Model):
    """One book on one day (UTC). Counted once, when nothing of the day can change any more.

    It names nobody and holds no words, so it stays when readers' conversations are deleted.
    """

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="tallies")
    day = models.DateField()
    questions = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    quoted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    broken = models.PositiveIntegerField(default=0)
    proved = models.PositiveIntegerField(default=0)
    shortened = models.PositiveIntegerField(default=0)
    unproved = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    helpful = models.PositiveIntegerField(default=0)
    not_helpful = models.PositiveIntegerField(default=0)
    waits = models.JSONField(
        default=dict, help_text="{step: answers}, as desk.dashboard.counting cuts the time."
    )

    class Meta:
        ordering = ["day", "book"]
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["book", "day"], name="tally_day_unique")]

    def __str__(self) -> str:
        return f"{self.questions:,} questions of {self.book_id} on {self.day}"
