"""What the web hands to a worker (``db_worker``); the web itself never does it."""

from __future__ import annotations

from django_tasks import task


@task()
def run_job(key: int) -> None:
    """Do a job. What it needs is imported by the worker alone, never by who enqueues it."""
    from desk.working import work  # see above

    work(key)
