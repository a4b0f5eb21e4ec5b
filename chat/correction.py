"""What editors answer in place of the machine, with the passages that it stands on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from retrieval.models import Book, Chunk


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def kept(self) -> CorrectionQuerySet:
        """Those that no editor has taken back."""
        return self.filter(withdrawn=None)

    def standing(self) -> CorrectionQuerySet:
        """Those that readers get: the live edition holds every passage as it was."""
        return self.kept().exclude(Exists(_lost_passages()))

    def expired(self) -> CorrectionQuerySet:
        """Those of which the live edition has changed or lost a passage."""
        return self.kept().filter(Exists(_lost_passages()))


class Correction(models.Model):
    """An editor's answer to a question and to all that mean the same.

    The words never change: another answer is another row. Whether one still stands is asked of
    the live edition's passages whenever it matters, so no ingest has to tell anybody, and one that
    expired with an edition stands again after a rollback.
    """

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="corrections")
    question = models.TextField(help_text="It also answers questions that mean the same.")
    text = models.TextField(help_text="The better answer, as Markdown.")
    proved = models.BooleanField(help_text="Its passages prove every sentence.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    withdrawn = models.DateTimeField(null=True, blank=True)
    encoder = models.CharField(max_length=120, editable=False)
    vector = models.BinaryField(
        editable=False, help_text="The question: float32, little-endian, unit length."
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        indexes = [models.Index(fields=["book", "withdrawn"], name="correction_book_kept")]

    def __str__(self) -> str:
        return self.question[:80]


class CorrectionPassage(models.Model):
    """A passage that a correction cites, kept as it was even when the book moves on."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="passages")
    n = models.PositiveIntegerField()
    chunk_key = models.CharField(max_length=40)
    heading_path = models.JSONField(default=list)
    url = models.TextField(help_text="With the section's fragment.")
    text = models.TextField(help_text="The whole passage as it was.")

    class Meta:
        ordering = ["correction", "n"]
        constraints = [
            models.UniqueConstraint(fields=["correction", "n"], name="correction_passage_unique"),
        ]

    def __str__(self) -> str:
        return f"[{self.n}] {self.chunk_key}"


def _lost_passages() -> models.QuerySet[CorrectionPassage]:
    """The passages of a correction (the outer row) that its book's live edition does not hold."""
    live = Chunk.objects.filter(
        edition=OuterRef("correction__book__live"), key=OuterRef("chunk_key")
    )
    return CorrectionPassage.objects.filter(~Exists(live), correction=OuterRef("pk")).order_by()
