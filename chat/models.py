"""Conversations as rows. An answer's stored sentences are the log of its stream."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models

from chat.correction import Correction
from chat.spending import Reservation as Reservation
from chat.spending import Spending as Spending
from chat.verdict import Outcome, Verdict
from retrieval.models import Book, Chunk, Edition

PROVABLE = (Outcome.ANSWERED, Outcome.QUOTED, Outcome.STOPPED, Outcome.REFUSED)
"""Outcomes of answers whose sentences were all judged."""


def _choices(values: type[Outcome] | type[Verdict]) -> list[tuple[str, str]]:
    return [(value.value, value.value.replace("_", " ").capitalize()) for value in values]


class Conversation(models.Model):
    """What one reader asked of one book. Whoever holds the token may read and erase it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="conversations")
    token_hash = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_asked = models.DateTimeField(auto_now=True, db_index=True)
    rehearsal = models.BooleanField(
        default=False,
        db_default=False,  # so that an older version may still answer while this one is rolled out
        editable=False,
        help_text="Asked by nobody, to see what the book answers; deleted when it has ended.",
    )

    class Meta:
        ordering = ["-last_asked"]
        indexes = [
            models.Index(fields=["book", "-last_asked"], name="conversation_book_latest"),
            models.Index(
                fields=["last_asked"],
                condition=models.Q(rehearsal=True),
                name="conversation_rehearsals",
            ),
        ]

    def __str__(self) -> str:
        return f"Conversation {str(self.id)[:8]}"


class Share(models.Model):
    """A read-only link to a conversation as it was. Deleting the row takes the link back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, related_name="share"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    until = models.DateTimeField(help_text="Answers asked up to then are shown.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"Share of {self.conversation}"


class AnswerQuerySet(models.QuerySet["Answer"]):
    def flagged(self) -> AnswerQuerySet:
        """Answers that an editor should look at."""
        return self.filter(flagged=True)

    def running(self) -> AnswerQuerySet:
        return self.filter(outcome=Outcome.RUNNING)

    def failed(self) -> AnswerQuerySet:
        """Answers that broke off and may be asked for again."""
        return self.filter(outcome__in=[Outcome.FAILED, Outcome.INTERRUPTED])

    def complete(self) -> AnswerQuerySet:
        """Answers whose text a follow-up may build on."""
        return self.standing().filter(
            outcome__in=[Outcome.ANSWERED, Outcome.QUOTED, Outcome.STOPPED]
        )

    def standing(self) -> AnswerQuerySet:
        """Answers whose question was not put in other words."""
        return self.filter(replaced=False)

    def auditable(self, book: Book) -> AnswerQuerySet:
        """Answers of the book that have ended with judged sentences."""
        return self.filter(conversation__book=book, outcome__in=PROVABLE)

    def awaiting_audit(self, edition: Edition) -> AnswerQuerySet:
        """Answers that rest on passages which the edition no longer holds as they were.

        Those that were held against this edition already are left out. An answer of which a
        sentence was withheld waits when any passage it was offered has changed: the edition may
        prove the sentence now. So does one with a finding, which the edition may have settled.
        """
        standing = Chunk.objects.filter(edition=edition, key=models.OuterRef("chunk_key"))
        changed = Citation.objects.filter(
            ~models.Exists(standing), answer=models.OuterRef("pk")
        ).order_by()
        found = Finding.objects.filter(sentence__answer=models.OuterRef("pk")).order_by()
        return self.exclude(audited=edition).filter(
            models.Exists(changed.filter(cited=True))
            | models.Q(models.Exists(changed), withheld__gt=0)
            | models.Exists(found)
        )


class Answer(models.Model):
    """A question and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="answers")
    book = models.ForeignKey(
        Book,
        null=True,  # so that an older version may still answer while this one is rolled out
        editable=False,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="answers",
        help_text="The conversation's book, here for the sake of indexes.",
    )
    edition = models.ForeignKey(
        Edition, null=True, on_delete=models.SET_NULL, related_name="answers"
    )
    client_id = models.CharField(max_length=64, help_text="The reader's own id of the question.")
    question = models.TextField()
    selection = models.TextField(blank=True)
    page_url = models.CharField(max_length=1000, blank=True)
    scope = models.CharField(max_length=10, default="book")
    search_query = models.TextField(blank=True)
    mode = models.CharField(max_length=10, default="strict")
    model = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(
        max_length=12, choices=_choices(Outcome), default=Outcome.RUNNING.value
    )
    verdict = models.CharField(
        max_length=12, choices=_choices(Verdict), default=Verdict.UNCHECKED.value
    )
    text = models.TextField(blank=True, help_text="The shown sentences as Markdown.")
    withheld = models.PositiveIntegerField(default=0)
    answerable = models.FloatField(null=True, blank=True)
    flagged = models.BooleanField(default=False)
    replaced = models.BooleanField(
        default=False, help_text="Its reader asked otherwise; no later turn builds on it."
    )
    error_code = models.CharField(max_length=40, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    retrieve_ms = models.FloatField(null=True, blank=True)
    first_sentence_ms = models.FloatField(null=True, blank=True)
    total_ms = models.FloatField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    correction = models.ForeignKey(
        Correction,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="answers",
        help_text="The editors' answer that the reader was given.",
    )
    heartbeat = models.DateTimeField(auto_now_add=True, help_text="Last sign of a running answer.")
    finished = models.DateTimeField(null=True, blank=True)
    audited = models.ForeignKey(
        Edition,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The edition that the answer was last held against.",
    )

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "client_id"], name="answer_client_id_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["-flagged", "-created"], name="answer_flagged_first"),
            models.Index(fields=["book", "-flagged", "-created"], name="answer_book_flagged"),
            # All that the desk counts, so that it need not read the answers themselves.
            models.Index(
                fields=[
                    "created",
                    "book",
                    "outcome",
                    "verdict",
                    "withheld",
                    "first_sentence_ms",
                    "input_tokens",
                    "output_tokens",
                    "id",
                ],
                name="answer_counts",
            ),
            models.Index(fields=["outcome", "heartbeat"], name="answer_running"),
            # For what hangs on answers and is asked for by book, such as thumbs.
            models.Index(fields=["book", "id"], name="answer_book_id"),
            models.Index(
                fields=["id"], condition=models.Q(flagged=True), name="answer_flagged_ids"
            ),
        ]

    def __str__(self) -> str:
        return self.question[:80]


class Sentence(models.Model):
    """A judged sentence or block of an answer, stored before it is sent."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="sentences")
    ordinal = models.PositiveIntegerField()
    text = models.TextField()
    tree = models.JSONField(default=dict)
    verdict = models.CharField(max_length=12, choices=_choices(Verdict))
    support = models.FloatField(default=0.0)
    shown = models.BooleanField()
    reasons = models.JSONField(default=list, blank=True)
    evidence = models.JSONField(
        default=list, blank=True, help_text="[{n, key, start, end, quote}], best first."
    )

    class Meta:
        ordering = ["answer", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "ordinal"], name="sentence_ordinal_unique"),
            models.CheckConstraint(
                condition=models.Q(support__gte=0.0, support__lte=1.0), name="sentence_support_unit"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_model_code(self) -> bool:
        """Whether it is a code block that the model wrote itself: the book does not have it."""
        return self.tree.get("type") == "code" and self.verdict != Verdict.SUPPORTED

    @property
    def citation_numbers(self) -> list[int]:
        """The cited passages' numbers, best first, each once."""
        evidence: list[dict[str, Any]] = self.evidence
        return list(dict.fromkeys(item["n"] for item in evidence))


class Citation(models.Model):
    """A passage offered to an answer, kept as it was even when the book moves on."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="citations")
    n = models.PositiveIntegerField()
    chunk = models.ForeignKey(
        Chunk, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    chunk_key = models.CharField(max_length=40)
    title = models.TextField()
    heading_path = models.JSONField(default=list)
    url = models.TextField(help_text="With the section's fragment.")
    text = models.TextField(help_text="The whole passage as it was.")
    cited = models.BooleanField(default=False, help_text="Some shown sentence cites it.")

    class Meta:
        ordering = ["answer", "n"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "n"], name="citation_number_unique"),
        ]
        indexes = [models.Index(fields=["chunk_key"], name="citation_chunk_key")]

    def __str__(self) -> str:
        return f"[{self.n}] {self.title}"


class Feedback(models.Model):
    """A reader's thumb, one an answer; a later one replaces it."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="feedback")
    helpful = models.BooleanField()
    reason = models.CharField(max_length=40, blank=True)
    comment = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        verbose_name_plural = "feedback"
        indexes = [models.Index(fields=["-created"], name="feedback_latest")]

    def __str__(self) -> str:
        return "helpful" if self.helpful else "not helpful"


# ── held against a later edition ─────────────────────────────────────────────────────────────


class AuditQuerySet(models.QuerySet["Audit"]):
    def unfinished(self) -> AuditQuerySet:
        return self.filter(state=Audit.State.RUNNING)


class Audit(models.Model):
    """One run through the answers of a book. ``cursor`` is the last answer that is done."""

    class State(models.TextChoices):
        RUNNING = "running", "Running, or broken off"
        DONE = "done", "Done"
        REPLACED = "replaced", "Replaced by a later one"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="audits")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    judge = models.CharField(max_length=10, default="local")
    since = models.DateTimeField(null=True, blank=True, help_text="Answers asked from then on.")
    everything = models.BooleanField(
        default=False, help_text="Also answers whose passages have not changed."
    )
    cursor = models.UUIDField(null=True, blank=True, editable=False)
    total = models.PositiveIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)
    sentences = models.PositiveIntegerField(default=0)
    still_supported = models.PositiveIntegerField(default=0)
    weaker = models.PositiveIntegerField(default=0)
    broken = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(
        default=0, help_text="Answers that a model was asked about."
    )
    left_local = models.PositiveIntegerField(
        default=0,
        help_text="Answers that the local judge decided since the model failed or cost too much.",
    )
    tokens = models.PositiveIntegerField(default=0, help_text="Tokens that the model used.")
    token_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Tokens that the model may use. Empty: no limit."
    )
    started = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-started"]
        indexes = [models.Index(fields=["book", "state", "-started"], name="audit_book_state")]

    def __str__(self) -> str:
        return f"Audit of {self.book_id}, {self.started:%Y-%m-%d %H:%M}"


class FindingQuerySet(models.QuerySet["Finding"]):
    def open(self) -> FindingQuerySet:
        """What an editor has not dealt with."""
        return self.filter(resolved=False)

    def settle(self, answers: Iterable[uuid.UUID]) -> int:
        """An editor has looked at the answers, so their findings are dealt with."""
        return self.open().filter(sentence__answer__in=list(answers)).update(resolved=True)


class Finding(models.Model):
    """What a later edition made of a sentence, with its passage as it was and as it is now."""

    class Kind(models.TextChoices):
        STILL_SUPPORTED = "still_supported", "Still supported"
        WEAKER = "weaker", "Weaker"
        BROKEN = "broken", "Broken"
        REPAIRED = "repaired", "Repaired"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="findings")
    sentence = models.ForeignKey(Sentence, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    old_verdict = models.CharField(max_length=12, choices=_choices(Verdict))
    old_support = models.FloatField()
    old_key = models.CharField(max_length=40, blank=True)
    old_text = models.TextField(blank=True, help_text="The passage as the answer cited it.")
    verdict = models.CharField(max_length=12, choices=_choices(Verdict))
    support = models.FloatField()
    reasons = models.JSONField(default=list, blank=True)
    new_key = models.CharField(max_length=40, blank=True)
    new_text = models.TextField(blank=True, help_text="Empty when the passage is gone.")
    new_heading_path = models.JSONField(default=list, blank=True)
    new_url = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    resolved = models.BooleanField(default=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["sentence"], name="finding_sentence_unique"),
            models.CheckConstraint(
                condition=models.Q(support__gte=0.0, support__lte=1.0), name="finding_support_unit"
            ),
        ]
        indexes = [
            models.Index(fields=["resolved", "-created"], name="finding_open_first"),
        ]

    def __str__(self) -> str:
        return self.sentence.text[:80]

    @property
    def what(self) -> tuple[str, str, str]:
        """By what a finding is known again: the same one need not be looked at twice."""
        return self.kind, self.verdict, self.new_key
