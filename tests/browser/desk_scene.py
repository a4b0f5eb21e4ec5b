"""What waits at the desk in the browser tests: a flagged answer, its company, and an editor.

It runs in the server's own environment, on the server's own rows:

    manage.py shell -c "from tests.browser.desk_scene import lay_out; lay_out()"
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from chat.models import Answer, Conversation
from desk.models import Assignment
from desk.people import EDITORS, OWNERS
from retrieval.models import Book
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    FeedbackFactory,
    SentenceFactory,
)

EDITOR = "editor"
PASSWORD = "at the desk"
COLLEAGUES = [("olga", "Olga", "Berg", OWNERS), ("edda", "Edda", "Lind", EDITORS)]
QUESTION = "And how do I list the nodes that are running?"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
PASSAGE = (
    "Every node has a name. Run `ros2 node list` to see the names of all running nodes; the "
    "command prints one name per line. `ros2 node info` shows what a node publishes and "
    "subscribes to."
)
QUOTE = "Run `ros2 node list` to see the names of all running nodes"
COMPANY = [
    ("Who won the race yesterday?", "refused", "not_a_claim"),
    ("How do I record a bag?", "quoted", "supported"),
    ("Why is my transform too old?", "failed", "unchecked"),
    ("What does QoS depth mean?", "answered", "supported"),
]


def lay_out() -> None:
    User.objects.create_superuser(EDITOR, password=PASSWORD)
    book = Book.objects.get(slug="primer")
    for username, first, last, role in COLLEAGUES:
        colleague = User.objects.create_user(
            username, first_name=first, last_name=last, is_staff=True
        )
        colleague.groups.add(Group.objects.get(name=role))
    Assignment.objects.create(editor=User.objects.get(username="edda"), book=book)
    for hours, (question, outcome, verdict) in enumerate(COMPANY, start=1):
        answer = AnswerFactory.create(
            conversation=ConversationFactory.create(book=book), edition=book.live,
            question=question, outcome=outcome, verdict=verdict,
            error_code="deadline" if outcome == "failed" else "",
        )  # fmt: skip
        _backdate(answer, hours=hours)
    conversation = ConversationFactory.create(book=book)
    _flagged(conversation)
    _hostile(book)


def _flagged(conversation: Conversation) -> None:
    """An answer with a proved, an unproved and a contradicted sentence, and a thumb down."""
    about = {"conversation": conversation, "edition": conversation.book.live}
    first = AnswerFactory.create(**about, question="What is a node?", text="A node is a program.")
    _backdate(first, hours=1)
    answer = AnswerFactory.create(**about, question=QUESTION, flagged=True, withheld=2)
    CitationFactory.create(
        answer=answer, text=PASSAGE, title="Look at a running node",
        heading_path=["Nodes", "Look at a running node"],
        url="https://primer.example.org/docs/nodes#look",
    )  # fmt: skip
    _say(answer, "Run `ros2 node list` to see all running nodes.", evidence=_quoted(QUOTE))
    _say(
        answer, "The command came with release 1847 and needs `ros2-graph-tools`.", support=0.12,
        verdict="unsupported", shown=False, evidence=[],
        reasons=["number_missing:1847", "identifier_missing:ros2-graph-tools"],
    )  # fmt: skip
    _say(
        answer, "Nodes have no names.", support=0.2, verdict="contradicted", shown=False,
        evidence=_quoted("Every node has a name."), reasons=["negation"],
    )  # fmt: skip
    FeedbackFactory.create(answer=answer, comment="There is no such package on my machine.")


def _hostile(book: Book) -> None:
    answer = AnswerFactory.create(
        conversation=ConversationFactory.create(book=book), question=HOSTILE,
        page_url="javascript:alert(3)",
    )  # fmt: skip
    CitationFactory.create(answer=answer, text=HOSTILE, url="javascript:alert(4)")
    SentenceFactory.create(answer=answer, text=HOSTILE, tree=_inline(HOSTILE), reasons=[HOSTILE])
    FeedbackFactory.create(answer=answer, comment=HOSTILE + "w" * 300)
    _backdate(answer, hours=9)


def _say(answer: Answer, text: str, **values: Any) -> None:
    SentenceFactory.create(answer=answer, text=text, tree=_inline(text), **values)


def _inline(text: str) -> dict[str, Any]:
    """A paragraph whose words between backticks are code."""
    nodes = [
        {"type": "code" if place % 2 else "text", "text": part}
        for place, part in enumerate(text.split("`"))
    ]
    return {"type": "paragraph", "joins": False, "children": nodes}


def _quoted(quote: str) -> list[dict[str, Any]]:
    start = PASSAGE.index(quote)
    return [{"n": 1, "key": "a" * 40, "start": start, "end": start + len(quote), "quote": quote}]


def _backdate(answer: Answer, *, hours: int) -> None:
    Answer.objects.filter(pk=answer.pk).update(created=timezone.now() - timedelta(hours=hours))
