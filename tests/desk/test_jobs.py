"""Work that an editor starts: a worker does it, tells how far it is, and ends when told to."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from desk.job import SILENT_FOR, Job
from desk.jobs import AlreadyActive, cancel, start
from desk.sources import sources
from desk.working import Cancelled, Reporter, work
from retrieval.models import Book, Edition
from tests.books import write_book
from tests.desk.conftest import address, listing, page, words
from tests.desk.gaps.test_finding import refused
from tests.desk.test_golden import golden
from tests.ragbook.documents import ROOT
from tests.retrieval.factories import BookFactory, EditionFactory

State = Job.State
DOCKING = "---\ntitle: Docking\n---\n\nThe robot docks at its charging station by itself.\n"


@pytest.fixture
def signals() -> Iterator[None]:
    """A worker takes over the signals of its process."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def source(robots: Book, tmp_path: Path, settings: Any) -> str:
    folder = str(tmp_path / "robots")
    settings.RAGBOOK_SOURCES = [folder]
    return folder


def job_of(book: Book, kind: str = "ingest", **values: Any) -> Job:
    return Job.objects.create(book=book, kind=kind, **values)


def done(job: Job) -> Job:
    work(job.pk)
    job.refresh_from_db()
    return job


# ── the work ─────────────────────────────────────────────────────────────────────────────────


def test_an_ingest_makes_an_edition_and_tells_about_it(robots: Book, source: str) -> None:
    (Path(source) / "docs/docking.md").write_text(DOCKING)
    refused(robots, "What is the capital of Australia?")
    done(job_of(robots, "gaps"))
    job = done(job_of(robots, source=source))
    assert job.state == State.DONE, job.log
    assert job.edition == Edition.objects.get(number=2)
    for line in ("Reading …", "Embedding …", "Edition 2 is live: 4 pages", "Done."):
        assert line in job.log
    assert "1 open gaps were asked again, 0 of them are closed." in job.log
    assert job.started
    assert job.finished


def test_an_ingest_of_what_has_not_changed_says_so(robots: Book, source: str) -> None:
    job = done(job_of(robots, source=source))
    assert job.state == State.DONE
    assert "Nothing has changed: edition 1 stays live." in job.log


def test_a_source_that_is_not_listed_is_never_read(
    robots: Book, tmp_path: Path, settings: Any
) -> None:
    settings.RAGBOOK_SOURCES = []
    job = done(job_of(robots, source=str(tmp_path / "robots")))
    assert job.state == State.FAILED
    assert "is not among the sources that may be ingested" in job.log


def test_what_is_wrong_with_a_source_is_told(robots: Book, tmp_path: Path, settings: Any) -> None:
    settings.RAGBOOK_SOURCES = [str(tmp_path / "empty")]
    job = done(job_of(robots, source=str(tmp_path / "empty")))
    assert job.state == State.FAILED
    assert Book.objects.get().live == robots.live


def test_an_audit_a_search_for_gaps_and_golden_questions(robots: Book) -> None:
    golden(robots)
    audit = done(job_of(robots, "audit"))
    assert audit.audit is not None
    assert "0 answers with 0 sentences" in audit.log
    gaps = done(job_of(robots, "gaps"))
    assert "1 unanswered questions: 1 new gaps" in gaps.log
    evaluation = done(job_of(robots, "evaluation"))
    assert "2 of 2 golden questions are answered rightly." in evaluation.log


@pytest.mark.django_db
def test_golden_questions_that_there_are_none_of_fail_in_words() -> None:
    job = done(job_of(EditionFactory.create().book, "evaluation"))
    assert job.state == State.FAILED
    assert "has no golden questions" in job.log


# ── cancelling ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_waiting_job_is_cancelled_at_once_and_never_begins() -> None:
    job = job_of(BookFactory.create(), "audit")
    assert cancel(job)
    assert done(job).state == State.CANCELLED
    assert not cancel(job)


@pytest.mark.django_db
def test_a_running_job_ends_where_it_tells_how_far_it_is() -> None:
    job = job_of(BookFactory.create(), state=State.RUNNING)
    tell = Reporter(job)
    tell("Reading", 1, 10)
    assert cancel(job)
    with pytest.raises(Cancelled):
        tell("Reading", 10, 10)


def test_a_cancelled_ingest_changes_nothing_that_readers_see(
    robots: Book, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path(source) / "docs/docking.md").write_text(DOCKING)
    job = job_of(robots, source=source)
    say = Reporter.say

    def cancelling(self: Reporter, line: str) -> None:
        say(self, line)
        if line.startswith("Embedding"):
            cancel(job)

    monkeypatch.setattr(Reporter, "say", cancelling)
    assert done(job).state == State.CANCELLED
    assert Book.objects.get().live == robots.live
    monkeypatch.undo()
    assert done(job_of(robots, source=source)).state == State.DONE


# ── one at a time ────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_book_has_one_job_of_a_kind_at_a_time() -> None:
    book = BookFactory.create()
    start(Job(book=book, kind="audit"))
    start(Job(book=book, kind="gaps"))
    start(Job(book=BookFactory.create(), kind="audit"))
    with pytest.raises(AlreadyActive, match="Audit: there is one at work"):
        start(Job(book=book, kind="audit"))
    assert DBTaskResult.objects.count() == Job.objects.count() == 3


@pytest.mark.django_db
def test_a_job_whose_worker_died_does_not_stand_in_the_way() -> None:
    book = BookFactory.create()
    silent = timezone.now() - SILENT_FOR - timedelta(seconds=1)
    lost = job_of(book, "audit", state=State.RUNNING, heartbeat=silent)
    start(Job(book=book, kind="audit"))
    lost.refresh_from_db()
    assert (lost.state, lost.phase) == (State.FAILED, "The worker stopped before the end")


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_up_what_was_started(signals: None) -> None:
    job = start(Job(book=EditionFactory.create().book, kind="audit"))
    call_command("db_worker", "--batch", "--no-startup-delay", "--interval", "0")
    job.refresh_from_db()
    assert job.state == State.DONE, job.log
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


# ── sources ──────────────────────────────────────────────────────────────────────────────────


def test_sources_are_what_the_operator_lists(tmp_path: Path, settings: Any) -> None:
    for name in ("books/one", "books/two", "books/.git", "secret"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "books/leak").symlink_to(tmp_path / "secret")
    site = "https://docs.example.org/guide/"
    settings.RAGBOOK_SOURCES = [f"{tmp_path}/books/*", site, f"{tmp_path}/books/one"]
    assert sources() == [f"{tmp_path}/books/one", f"{tmp_path}/books/two", site]


def test_a_pattern_may_stop_inside_a_name(tmp_path: Path, settings: Any) -> None:
    for name in ("book-a", "book-b", "other"):
        (tmp_path / name).mkdir()
    settings.RAGBOOK_SOURCES = [f"{tmp_path}/book-*"]
    assert sources() == [f"{tmp_path}/book-a", f"{tmp_path}/book-b"]


# ── at the desk ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
class TestDesk:
    def test_an_editor_starts_an_ingest_of_a_listed_source(
        self, editor_of: Any, settings: Any, tmp_path: Path
    ) -> None:
        folder = str(write_book(tmp_path / "robots"))
        settings.RAGBOOK_SOURCES = [folder]
        book = BookFactory.create()
        client: Client = editor_of(book)
        assert folder in page(client, "/admin/desk/job/add/")
        sent = {"kind": "ingest", "book": book.pk, "source": folder}
        html = client.post("/admin/desk/job/add/", sent, follow=True).content.decode()
        assert "A worker takes it up in a moment." in html
        assert "It waits for a worker." in html
        job = Job.objects.get()
        assert (job.source, job.starter) == (folder, User.objects.get(username="eda"))

    @pytest.mark.parametrize(
        ("source", "said"), [("/etc", "Select a valid choice"), ("", "Choose what to ingest")]
    )
    def test_an_editor_cannot_name_another_source(
        self, editor_of: Any, settings: Any, source: str, said: str
    ) -> None:
        settings.RAGBOOK_SOURCES = ["/srv/books/one"]
        book = BookFactory.create()
        sent = {"kind": "ingest", "book": book.pk, "source": source}
        html = editor_of(book).post("/admin/desk/job/add/", sent).content.decode()
        assert said in html
        assert not Job.objects.exists()

    def test_an_editor_cannot_start_work_on_another_book(self, editor_of: Any) -> None:
        sent = {"kind": "audit", "book": BookFactory.create().pk, "source": ""}
        html = editor_of().post("/admin/desk/job/add/", sent).content.decode()
        assert "Select a valid choice" in html

    def test_what_is_at_work_is_not_started_twice(self, editor_of: Any) -> None:
        book = BookFactory.create()
        job_of(book, "audit")
        sent = {"kind": "audit", "book": book.pk, "source": ""}
        html = editor_of(book).post("/admin/desk/job/add/", sent).content.decode()
        assert "Such work is waiting or running for this book already." in html

    def test_the_page_shows_how_far_it_is_and_cancels(self, editor_of: Any) -> None:
        job = job_of(
            BookFactory.create(), "audit", state=State.RUNNING, phase="Auditing", done=30,
            total=120, log="10:00:00  <b>Auditing</b>\n", heartbeat=timezone.now(),
        )  # fmt: skip
        client: Client = editor_of(job.book)
        told = client.get(f"/admin/desk/job/{job.pk}/status/").json()
        assert told["active"] is True
        assert "Auditing: 30 of 120" in words(told["html"])
        assert 'value="25"' in told["html"]
        assert "&lt;b&gt;Auditing" in told["html"]
        assert "Cancel" in page(client, address("desk.job", job.pk))
        client.post(f"/admin/desk/job/{job.pk}/do/cancel/")
        job.refresh_from_db()
        assert job.cancelling
        assert "Being cancelled" in page(client, address("desk.job", job.pk))

    def test_the_status_of_another_book_is_not_told(self, editor_of: Any) -> None:
        job = job_of(BookFactory.create(), "audit")
        assert editor_of().get(f"/admin/desk/job/{job.pk}/status/").status_code == 404

    def test_a_list_of_twelve_costs_what_a_list_of_two_costs(self, superuser: Client) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                page(superuser, listing("desk.job"))
            return len(captured)

        for _ in range(2):
            job_of(BookFactory.create(), "audit")
        two = queries()
        for _ in range(10):
            job_of(BookFactory.create(), "audit")
        assert queries() == two <= 6

    def test_the_queue_itself_is_not_on_the_desk(self, superuser: Client) -> None:
        assert superuser.get("/admin/django_tasks_db/dbtaskresult/").status_code == 404


# ── what only the worker needs ───────────────────────────────────────────────────────────────

SERVING = """
import ragbook.asgi, ragbook.urls, desk.tasks, sys
from django.contrib import admin
from django.urls import get_resolver
get_resolver().url_patterns
assert admin.site._registry
heavy = [name for name in ("sklearn", "scipy", "joblib") if name in sys.modules]
print(",".join(heavy) or "none")
"""


def test_no_process_that_serves_imports_the_clustering(data_folder: Path) -> None:
    environment = {"PATH": "", "DJANGO_SETTINGS_MODULE": "ragbook.settings", "SECRET_KEY": "x" * 50}
    environment |= {"RAGBOOK_DATA": str(data_folder)}
    done = subprocess.run(
        [sys.executable, "-c", SERVING], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "none"


@pytest.mark.django_db
def test_whoever_may_start_no_work_is_offered_none(client: Client) -> None:
    book = BookFactory.create()
    visitor = User.objects.create_user("vera", is_staff=True)
    rights = Permission.objects.filter(codename__in=["view_book", "every_book", "add_job"])
    visitor.user_permissions.set(rights)
    client.force_login(visitor)
    assert "kind=ingest" in page(client, address("retrieval.book", book.pk))
    visitor.user_permissions.remove(rights.get(codename="add_job"))
    assert "kind=ingest" not in page(client, address("retrieval.book", book.pk))
