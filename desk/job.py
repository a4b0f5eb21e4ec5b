"""What an editor has started and a worker does: an ingest, an audit, a search for gaps."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.models import Audit
from retrieval.models import Book, Edition

SILENT_FOR: Final = timedelta(minutes=15)
"""A worker that says nothing for so long has died: even a large book is stored in less."""


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> JobQuerySet:
        return self.filter(state__in=[Job.State.WAITING, Job.State.RUNNING])

    def lost(self) -> JobQuerySet:
        """Those whose worker has died."""
        silent = timezone.now() - SILENT_FOR
        return self.filter(state=Job.State.RUNNING, heartbeat__lt=silent)


class Job(models.Model):
    """One piece of work, at most one of a kind for a book at a time."""

    class Kind(models.TextChoices):
        INGEST = "ingest", "Ingest"
        AUDIT = "audit", "Audit"
        GAPS = "gaps", "Search for gaps"
        EVALUATION = "evaluation", "Golden questions"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="jobs")
    source = models.CharField(max_length=1_000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    cancelling = models.BooleanField(default=False)
    phase = models.CharField(max_length=40, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    log = models.TextField(blank=True)
    starter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    edition = models.ForeignKey(Edition, null=True, on_delete=models.SET_NULL, related_name="+")
    audit = models.ForeignKey(Audit, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True, help_text="Last sign of the worker.")
    finished = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "kind"],
                condition=Q(state__in=["waiting", "running"]),
                name="job_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-created"], name="job_latest"),
            models.Index(fields=["book", "-created"], name="job_book_latest"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_active(self) -> bool:
        return self.state in (Job.State.WAITING, Job.State.RUNNING)

    @property
    def percent(self) -> int:
        """How far the phase is; 0 where nobody can say."""
        return min(100, 100 * self.done // self.total) if self.total else 0
