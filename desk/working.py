"""What a worker does of a job that an editor has started, told line by line as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, TypeAlias

import structlog
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from chat.audit import audit
from chat.errors import ChatError
from chat.models import Finding
from desk.evaluating import evaluate_book, remember
from desk.gaps.closing import close_gaps
from desk.gaps.finding import find_gaps
from desk.golden import GoldenQuestion
from desk.goldenfile import as_question
from desk.job import Job
from desk.sources import sources
from retrieval.errors import RetrievalError, SourceError
from retrieval.ingest import ingest
from retrieval.manifest import Manifest
from retrieval.models import Edition
from retrieval.search import live_edition

log = structlog.get_logger(__name__)

TOLD_EVERY_S: Final = 0.5
State = Job.State


class Cancelled(Exception):
    """The editor wants the job to end. It ends where it tells how far it is."""


class Reporter:
    """Writes how far the job is into its row, not more often than anybody can see.

    Called with a phase, how many are done and how many there are. Raises ``Cancelled``.
    """

    def __init__(self, job: Job) -> None:
        self._rows = Job.objects.filter(pk=job.pk)
        self._phase = ""
        self._told_at = 0.0

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase == self._phase and done < total and monotonic() < self._told_at + TOLD_EVERY_S:
            return
        if phase != self._phase:
            self.say(f"{phase} …")
        self._phase, self._told_at = phase, monotonic()
        self._rows.update(phase=phase, done=done, total=total, heartbeat=timezone.now())
        if self._rows.filter(cancelling=True).exists():
            raise Cancelled

    def say(self, line: str) -> None:
        """Add a line to the log."""
        stamped = Value(f"{timezone.localtime():%H:%M:%S}  {line}\n", TextField())
        self._rows.update(log=Concat(F("log"), stamped), heartbeat=timezone.now())


Work: TypeAlias = Callable[[Job, Reporter], None]


def work(key: int) -> None:
    """Do the job with this key, unless it was cancelled before it began, or somebody does it."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=key, state=State.WAITING, cancelling=False)
    if not waiting.update(state=State.RUNNING, started=now, heartbeat=now):
        return
    job = Job.objects.select_related("book").get(pk=key)
    state, last = _outcome(job, Reporter(job))
    Reporter(job).say(last)
    Job.objects.filter(pk=key).update(state=state, finished=timezone.now())


def _outcome(job: Job, tell: Reporter) -> tuple[State, str]:
    """Do the work, and turn whatever happens into a state and the last line of the log."""
    try:
        WORK[Job.Kind(job.kind)](job, tell)
    except Cancelled:
        return State.CANCELLED, "Cancelled."
    except (RetrievalError, ChatError) as error:
        return State.FAILED, str(error)
    except Exception:
        log.exception("job_failed", kind=job.kind, job=job.pk)
        return State.FAILED, "Something went wrong inside; the worker's log says what."
    return State.DONE, "Done."


# ── the kinds of work ────────────────────────────────────────────────────────────────────────


def _ingest(job: Job, tell: Reporter) -> None:
    """A new edition; then the gaps that were open are asked of it."""
    if job.source not in sources():
        raise SourceError(f"{job.source} is not among the sources that may be ingested.")
    kept = Manifest(title=job.book.title, base_url=job.book.base_url)  # as the desk has them
    result = ingest(job.book.slug, job.source, kept, tell)
    edition = Edition.objects.get(book=job.book, number=result.edition)
    Job.objects.filter(pk=job.pk).update(edition=edition)
    if not result.changed:
        tell.say(f"Nothing has changed: edition {result.edition} stays live.")
        return
    tell.say(
        f"Edition {result.edition} is live: {result.pages} pages, {result.sections} sections, "
        f"{result.embedded} of {result.chunks} passages are new."
    )
    _close(job, tell)


def _audit(job: Job, tell: Reporter) -> None:
    run = audit(job.book.slug, tell)
    Job.objects.filter(pk=job.pk).update(audit=run)
    told = (f"{getattr(run, kind)} {label.lower()}" for kind, label in Finding.Kind.choices)
    tell.say(f"{run.answers} answers with {run.sentences} sentences: {', '.join(told)}.")


def _gaps(job: Job, tell: Reporter) -> None:
    found = find_gaps(job.book.slug, tell)
    tell.say(
        f"{found.questions} unanswered questions: {found.new} new gaps, {found.known} known ones, "
        f"{found.gone} gone."
    )
    _close(job, tell)


def _close(job: Job, tell: Reporter) -> None:
    asked = close_gaps(job.book.slug, tell)
    if asked.asked:
        tell.say(f"{asked.asked} open gaps were asked again, {asked.closed} of them are closed.")


def _evaluate(job: Job, tell: Reporter) -> None:
    golden = GoldenQuestion.objects.filter(book=job.book).order_by("key")
    edition = live_edition(job.book.slug)
    questions = [as_question(question) for question in golden]
    evaluation = evaluate_book(job.book.slug, questions, tell)
    remember(evaluation, edition)
    passed = sum(checked.passed for checked in evaluation.checked)
    tell.say(f"{passed} of {len(evaluation.checked)} golden questions are answered rightly.")


WORK: Final[Mapping[Job.Kind, Work]] = {
    Job.Kind.INGEST: _ingest,
    Job.Kind.AUDIT: _audit,
    Job.Kind.GAPS: _gaps,
    Job.Kind.EVALUATION: _evaluate,
}
