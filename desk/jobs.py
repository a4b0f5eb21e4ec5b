"""Starting and cancelling what a worker does."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from desk.job import Job
from desk.tasks import run_job


class AlreadyActive(Exception):
    """The book has such a job waiting or running. The message says so."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"{job.get_kind_display()}: there is one at work on {job.book} already.")


def start(job: Job) -> Job:
    """Store the job and hand it to the worker, both or neither. Raises ``AlreadyActive``."""
    bury_lost()
    try:
        with transaction.atomic():
            job.save()
            run_job.enqueue(job.pk)
    except IntegrityError as error:
        raise AlreadyActive(job) from error
    return job


def cancel(job: Job) -> bool:
    """End the job: at once if it waits, else when it next tells how far it is.

    False when it has ended by now.
    """
    own = Job.objects.filter(pk=job.pk)
    waiting = own.filter(state=Job.State.WAITING)
    if waiting.update(
        state=Job.State.CANCELLED, finished=timezone.now(), log="Cancelled before it began.\n"
    ):
        return True
    return bool(own.filter(state=Job.State.RUNNING).update(cancelling=True))


def bury_lost() -> int:
    """Give up the jobs whose worker has died, so that they can be started again."""
    return Job.objects.lost().update(
        state=Job.State.FAILED, finished=timezone.now(), phase="The worker stopped before the end"
    )
