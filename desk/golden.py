"""Questions whose right answer is known: what every edition of a book is held to."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from chat.models import Answer
from retrieval.models import Book, Edition


class GoldenQuestion(models.Model):
    """One line of a question file, and how the last edition that was asked did.

    ``gold`` and ``gold_groups`` are those of the question files (``retrieval.evaluate.Question``).
    """

    class Expect(models.TextChoices):
        ANSWER = "answer", "The book must answer"
        REFUSE = "refuse", "The book must refuse"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="golden_questions")
    key = models.CharField(
        max_length=80, help_text="Names the question in files and reports. It never changes."
    )
    question = models.TextField(
        help_text="It stays when the reader's conversation is deleted: leave personal words out."
    )
    history = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=40, default="golden")
    expect = models.CharField(max_length=6, choices=Expect.choices, default=Expect.ANSWER)
    gold = models.JSONField(default=list, blank=True)
    gold_groups = models.JSONField(default=list, blank=True)
    answer = models.ForeignKey(
        Answer, null=True, on_delete=models.SET_NULL, related_name="golden_questions"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    edition = models.ForeignKey(
        Edition,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The edition that was last asked.",
    )
    passed = models.BooleanField(null=True)
    faults = models.JSONField(default=list, help_text="What was wrong, by the codes of a check.")
    checked = models.DateTimeField(null=True)

    class Meta:
        ordering = ["passed", "key"]
        constraints = [
            models.UniqueConstraint(fields=["book", "key"], name="golden_key_unique"),
        ]

    def __str__(self) -> str:
        return self.question[:80]
