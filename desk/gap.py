"""What the book does not answer: questions that mean the same, as one thing to write about."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.models import Answer, AnswerQuerySet
from chat.verdict import Outcome
from retrieval.models import Book, Edition

NO_LONGER_KEPT = "Questions that are no longer kept"


class GapQuerySet(models.QuerySet["Gap"]):
    def open(self) -> GapQuerySet:
        return self.filter(state=Gap.State.OPEN)

    def awaiting(self, edition: Edition) -> GapQuerySet:
        """Open gaps that were not asked of this edition yet."""
        return self.open().filter(book=edition.book_id).exclude(edition=edition)


class Gap(models.Model):
    """A cluster of questions that readers got no good answer to. It keeps its row for as long as
    its questions, or some that mean the same, are there.

    It holds no question of a reader: those stand in the answers it refers to and go with them.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Answered now"
        DISMISSED = "dismissed", "Not for this book"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="gaps")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    typical = models.ForeignKey(
        Answer,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The answer whose question is nearest to all of them.",
    )
    count = models.PositiveIntegerField(default=0)
    weeks = models.JSONField(default=list, help_text="Questions of each week, the latest last.")
    counted = models.DateTimeField(default=timezone.now)
    first_asked = models.DateTimeField(null=True)
    last_asked = models.DateTimeField(null=True)
    nearest = models.JSONField(default=list, help_text="The sections that come closest.")
    missing = models.JSONField(default=list, help_text="Words that stand in none of them.")
    encoder = models.CharField(max_length=120, editable=False)
    vector = models.BinaryField(
        editable=False, help_text="The middle of the questions: float32, unit length."
    )
    edition = models.ForeignKey(
        Edition,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The edition that was last asked.",
    )
    before = models.JSONField(default=dict, help_text="What readers got.")
    after = models.JSONField(default=dict, help_text="What a later edition answers.")
    closed = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = GapQuerySet.as_manager()

    class Meta:
        ordering = ["-count", "pk"]
        indexes = [
            models.Index(fields=["state", "-count"], name="gap_state_count"),
            models.Index(fields=["book", "state", "-count"], name="gap_book_state_count"),
        ]

    def __str__(self) -> str:
        return self.name[:80]

    @property
    def name(self) -> str:
        """The most typical question."""
        return self.typical.question if self.typical else NO_LONGER_KEPT


class GapQuestion(models.Model):
    """A question of a gap."""

    gap = models.ForeignKey(Gap, on_delete=models.CASCADE, related_name="questions")
    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="gap_question")
    asked = models.DateTimeField()

    class Meta:
        ordering = ["-asked", "pk"]
        indexes = [models.Index(fields=["gap", "-asked"], name="gapquestion_latest")]

    def __str__(self) -> str:
        return f"question {self.answer_id} of gap {self.gap_id}"


def unanswered(book: Book) -> AnswerQuerySet:
    """The book's answers that left their readers without: refused, shortened, or not helpful."""
    without = Q(outcome=Outcome.REFUSED) | Q(withheld__gt=0) | Q(feedback__helpful=False)
    return Answer.objects.standing().filter(without, book=book)
