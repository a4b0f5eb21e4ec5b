"""What models have used and may yet use, as rows that no reader's erasing takes away."""

from __future__ import annotations

from django.db import models

from retrieval.models import Book


class Spending(models.Model):
    """The tokens of a book's answers that were begun on one day (UTC), read and written."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="spending")
    day = models.DateField(db_index=True)
    used = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "spending"
        constraints = [models.UniqueConstraint(fields=["book", "day"], name="spending_day_unique")]

    def __str__(self) -> str:
        return f"{self.used:,} tokens of {self.book_id} on {self.day}"


class Reservation(models.Model):
    """Tokens that a running answer may use.

    It names its answer without a foreign key: a conversation that is erased while the model
    writes is still paid for.
    """

    answer = models.UUIDField(primary_key=True)
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    tokens = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.tokens:,} tokens for {self.answer}"
