"""What editors watch beyond single answers: gaps, golden questions, work, and a second edition.

It runs in the server's own environment, on the server's own rows:

    manage.py shell -c "from tests.browser.work_scene import lay_out; lay_out()"
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from chat.models import Answer
from desk.gap import Gap
from desk.gaps.finding import find_gaps
from desk.golden import GoldenQuestion
from desk.job import Job
from retrieval.models import Book, Edition, Section
from tests.browser.desk_scene import EDITOR, PASSWORD
from tests.chat.factories import AnswerFactory, ConversationFactory

CLOSED = "How do I slow down the playback of a bag?"
ASKED = {
    "How do I calibrate the camera of my robot?": (2, 3, 9, 10, 11, 17, 24),
    "How can I calibrate my robot's camera?": (1, 4),
    "Which simulator should I use, Gazebo or Webots?": (1, 2, 15, 22),
    "Does the navigation stack work with four wheels?": (20, 23, 26),
    CLOSED: (6, 8),
    "Who won the race yesterday?": (5,),
}
LOG = """\
10:02:11  Reading …
10:02:14  Embedding …
10:02:31  Storing …
10:02:33  Indexing …
10:02:36  Edition 2 is live: 21 pages, 204 sections, 31 of 416 passages are new.
10:02:41  5 open gaps were asked again, 1 of them are closed.
10:02:41  Done.
"""


def lay_out() -> None:
    User.objects.create_superuser(EDITOR, password=PASSWORD)
    book = Book.objects.get(slug="primer")
    Book.objects.filter(pk=book.pk).update(
        daily_tokens=200_000, monthly_tokens=4_000_000,
        persona="Warm and brief, to students who build their first robot.",
    )  # fmt: skip
    _second_edition(book)
    for question, days in ASKED.items():
        for ago in days:
            _refused(book, question, ago)
    find_gaps(book.slug, lambda *_: None)
    _close(Gap.objects.get(typical__question=CLOSED))
    _golden(book)
    _jobs(book)


def _refused(book: Book, question: str, days: int) -> None:
    answer = AnswerFactory.create(
        conversation=ConversationFactory.create(book=book), edition=book.live,
        question=question, outcome="refused", verdict="not_a_claim", input_tokens=2_100,
        text="The book does not cover this.",
    )  # fmt: skip
    asked = timezone.now() - timedelta(days=days)
    Answer.objects.filter(pk=answer.pk).update(created=asked)


def _close(gap: Gap) -> None:
    gap.state, gap.closed = Gap.State.CLOSED, timezone.now()
    gap.before = {
        "edition": 1, "outcome": "refused", "withheld": 0, "sections": [],
        "text": "The book does not cover this.",
    }  # fmt: skip
    gap.after = {
        "edition": 2, "outcome": "answered", "withheld": 0,
        "text": "Play the bag at half its speed with `ros2 bag play my_bag --rate 0.5`.",
        "sections": [
            {"place": "Bags › Playing", "url": "https://primer.example.org/docs/bags#playing"}
        ],
    }  # fmt: skip
    gap.save()


def _golden(book: Book) -> None:
    place = {
        "path": "nodes.md", "heading": "Look at a running node", "anchor": "look",
        "evidence": "Run `ros2 node list` to see the names of all running nodes",
    }  # fmt: skip
    for number, (question, expect, passed, faults) in enumerate(
        [
            ("How do I list the running nodes?", "answer", True, []),
            ("How do I record every topic?", "answer", False, ["not_retrieved", "refused"]),
            ("Who won the race yesterday?", "refuse", True, []),
            ("How do I write a launch file?", "answer", None, []),
        ],
        start=1,
    ):
        GoldenQuestion.objects.create(
            book=book, key=f"golden-{number:03}", question=question, expect=expect,
            gold=[place] if expect == "answer" else [], passed=passed, faults=faults,
            edition=book.live if passed is not None else None,
        )  # fmt: skip


def _jobs(book: Book) -> None:
    now, starter = timezone.now(), User.objects.get(username=EDITOR)
    Job.objects.create(
        book=book, kind="ingest", source="/srv/books/primer", state="done", log=LOG,
        edition=book.live, starter=starter, started=now, heartbeat=now, finished=now,
    )  # fmt: skip
    Job.objects.create(
        book=book, kind="audit", state="running", phase="Auditing", done=320, total=900,
        log="10:04:02  Auditing …\n", starter=starter, started=now, heartbeat=now,
    )  # fmt: skip


def _second_edition(book: Book) -> None:
    """Not live: like the one that is, with a section more, one less, and one that changed."""
    live = book.live
    assert live is not None
    edition = Edition.objects.create(
        book=book, number=live.number + 1, state="ready", source_format=live.source_format,
        digest="another", embedding=live.embedding, dimension=live.dimension,
        page_count=live.page_count, section_count=live.section_count, word_count=live.word_count,
        report=live.report, finished=timezone.now(),
    )  # fmt: skip
    sections = list(live.sections.order_by("ordinal"))
    changed, _gone, *others = sections
    for section in (changed, *others):
        section.pk, section.edition = None, edition
    changed.text = changed.text.replace("robot", "rover")
    added = Section(
        edition=edition, ordinal=10_000, path="bags.md", url="bags", title="Playing slowly",
        heading_path=["Bags", "Playing slowly"],
        text="Play a bag at half its speed with `ros2 bag play my_bag --rate 0.5`.",
    )  # fmt: skip
    Section.objects.bulk_create([changed, *others, added])
