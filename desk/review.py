"""The queue's rows: what an editor should look at, who does, and everything that was done."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chat.correction import Correction
from chat.models import Answer, Finding
from chat.verdict import Verdict
from retrieval.models import Book


class State(models.TextChoices):
    OPEN = "open", "Open"
    CLAIMED = "claimed", "Claimed"
    APPROVED = "approved", "Approved"
    CORRECTED = "corrected", "Corrected"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"


TO_DO: Final = (State.OPEN, State.CLAIMED, State.EXPIRED)
DONE: Final = (State.APPROVED, State.CORRECTED, State.REJECTED)


class Why(models.TextChoices):
    """What brings an answer to the editors. Asked of the rows, for several may hold at once."""

    THUMB = "thumb", "A reader was not helped"
    WITHHELD = "withheld", "Sentences were left out"
    UNPROVED = "unproved", "A reader saw what is not proved"
    BROKEN = "broken", "The book no longer says so"
    EXPIRED = "expired", "The passages of a correction changed"


class ReviewQuerySet(models.QuerySet["Review"]):
    def to_do(self) -> ReviewQuerySet:
        """What waits for an editor, or is with one."""
        return self.filter(state__in=TO_DO)

    def in_order(self) -> ReviewQuerySet:
        """As editors go through the queue: what has waited longest first."""
        return self.order_by("opened", "pk")

    def because(self, why: str) -> ReviewQuerySet:
        """The reviews that a reason holds for."""
        return self.filter(reason(Why(why)))

    def with_reasons(self) -> ReviewQuerySet:
        """Each with what its ``reasons`` need, without another query."""
        broken = Finding.objects.open().filter(
            kind=Finding.Kind.BROKEN, sentence__answer=OuterRef("answer")
        )
        return self.annotate(has_broken=Exists(broken))


def reason(why: Why) -> Q:
    """What a review has to be like for the reason to hold."""
    broken = Finding.objects.open().filter(kind=Finding.Kind.BROKEN).order_by()
    conditions = {
        Why.THUMB: Q(answer__feedback__helpful=False),
        Why.WITHHELD: Q(answer__withheld__gt=0),
        Why.UNPROVED: Q(answer__verdict__in=[Verdict.UNSUPPORTED, Verdict.CONTRADICTED]),
        Why.BROKEN: Q(answer__in=broken.values("sentence__answer")),
        Why.EXPIRED: Q(state=State.EXPIRED),
    }
    return conditions[why]


class Review(models.Model):
    """One thing to look at: an answer, or a correction whose answer is gone."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    answer = models.OneToOneField(
        Answer, null=True, on_delete=models.CASCADE, related_name="review"
    )
    correction = models.OneToOneField(
        Correction, null=True, blank=True, on_delete=models.CASCADE, related_name="review"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reviews",
        help_text="Who looks at it, or who decided.",
    )
    opened = models.DateTimeField(default=timezone.now)
    decided = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["opened", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__isnull=False) | Q(correction__isnull=False),
                name="review_of_something",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "opened"], name="review_queue"),
            models.Index(fields=["book", "state", "opened"], name="review_book_queue"),
        ]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def question(self) -> str:
        if self.answer is not None:
            return self.answer.question
        return self.correction.question if self.correction is not None else ""

    @property
    def waits(self) -> bool:
        return self.state in TO_DO

    @property
    def reasons(self) -> list[Why]:
        """Why it is here. Load it ``with_reasons``, its answer with its feedback."""
        holds = {Why.EXPIRED: self.state == State.EXPIRED}
        if self.answer is not None:
            feedback = getattr(self.answer, "feedback", None)
            holds[Why.THUMB] = feedback is not None and not feedback.helpful
            holds[Why.WITHHELD] = self.answer.withheld > 0
            holds[Why.UNPROVED] = self.answer.verdict in (
                Verdict.UNSUPPORTED,
                Verdict.CONTRADICTED,
            )
            holds[Why.BROKEN] = bool(getattr(self, "has_broken", False))
        return [why for why in Why if holds.get(why)]


class AppendOnly(TypeError):
    """What was done is written once and stays."""


class ReviewEventQuerySet(models.QuerySet["ReviewEvent"]):
    def update(self, **_: Any) -> int:
        raise AppendOnly("The trail of a review is not rewritten.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("The trail of a review is not deleted but with its review.")


class ReviewEvent(models.Model):
    """Somebody did something to a review. Rows are only ever added."""

    class Action(models.TextChoices):
        OPENED = "opened", "opened it"
        REOPENED = "reopened", "opened it again"
        CLAIMED = "claimed", "claimed it"
        RELEASED = "released", "gave it back"
        APPROVED = "approved", "approved the answer"
        REJECTED = "rejected", "rejected the answer"
        CORRECTED = "corrected", "corrected the answer"
        EXPIRED = "expired", "sent it back: a passage of the correction changed"
        SETTLED = "settled", "closed it: the flag was taken off"
        REVIVED = "revived", "closed it: the passages of the correction are back"

    class Via(models.TextChoices):
        DESK = "desk", "at the desk"
        COMMAND = "command", "by a command"
        API = "api", "through the API"
        ITSELF = "itself", "by itself"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(max_length=10, choices=Action.choices)
    who = models.CharField(max_length=150, blank=True, help_text="The account's name at the time.")
    via = models.CharField(max_length=10, choices=Via.choices)
    note = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = ReviewEventQuerySet.as_manager()

    class Meta:
        ordering = ["created", "pk"]

    def __str__(self) -> str:
        return f"{self.who or 'ragbook'} {self.get_action_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("The trail of a review is not rewritten.")
        super().save(*args, **kwargs)


class SentenceLabel(models.Model):
    """What an editor says of a sentence, with the book open: from it the judge is measured."""

    class Label(models.TextChoices):
        SUPPORTED = "supported", "The book says this"
        PARTLY = "partly", "The book says a part of this"
        UNSUPPORTED = "unsupported", "The book does not say this"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="labels")
    sentence = models.OneToOneField("chat.Sentence", on_delete=models.CASCADE, related_name="label")
    label = models.CharField(max_length=12, choices=Label.choices)

    class Meta:
        ordering = ["review", "sentence"]

    def __str__(self) -> str:
        return self.get_label_display()
