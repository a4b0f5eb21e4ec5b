"""Conversations as files: JSON Lines for programs, CSV for spreadsheets, both as a stream."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.db.models import Prefetch, QuerySet

from chat.database import db
from chat.models import Answer, Citation, Conversation

AT_ONCE: Final = 500
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
COLUMNS: Final = (
    "conversation", "book", "asked", "question", "selection", "page", "outcome", "verdict",
    "answer", "citations", "withheld", "flagged", "helpful", "reason", "comment", "model",
    "input_tokens", "output_tokens", "first_sentence_ms",
)  # fmt: skip


def rows(conversations: QuerySet[Conversation]) -> Iterator[dict[str, Any]]:
    """One row an answer, by conversation and time, however many there are.

    It reads in pages by key: a pooled connection keeps no cursor between two of them.
    """
    chosen = conversations.order_by("pk")
    last = None
    while page := list((chosen.filter(pk__gt=last) if last else chosen)[:AT_ONCE]):
        yield from _page(page)
        last = page[-1].pk


def _page(conversations: list[Conversation]) -> Iterator[dict[str, Any]]:
    cited = Citation.objects.filter(cited=True).defer("text").order_by("n")
    answers = (
        Answer.objects.filter(conversation__in=conversations)
        .select_related("conversation__book", "feedback")
        .prefetch_related(Prefetch("citations", cited, to_attr="cited"))
        .order_by("conversation", "created")
    )
    return map(_row, answers)


def _row(answer: Answer) -> dict[str, Any]:
    feedback = getattr(answer, "feedback", None)
    citations: list[Citation] = answer.cited  # type: ignore[attr-defined]
    return {
        "conversation": str(answer.conversation_id),
        "book": answer.conversation.book.slug,
        "asked": answer.created.isoformat(),
        "question": answer.question,
        "selection": answer.selection,
        "page": answer.page_url,
        "outcome": answer.outcome,
        "verdict": answer.verdict,
        "answer": answer.text,
        "citations": [citation.url for citation in citations],
        "withheld": answer.withheld,
        "flagged": answer.flagged,
        "helpful": feedback.helpful if feedback else None,
        "reason": feedback.reason if feedback else "",
        "comment": feedback.comment if feedback else "",
        "model": answer.model,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "first_sentence_ms": answer.first_sentence_ms,
    }


def json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Each row as a line of JSON."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def csv_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A line of names and each row as a line; no cell is taken for a formula."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([_cell(row[name]) for name in COLUMNS])


async def streamed(lines: Iterable[str]) -> AsyncIterator[str]:
    """The lines in pieces, each worked out beside the event loop."""
    waiting = iter(lines)
    while piece := await db(lambda: "".join(islice(waiting, AT_ONCE))):
        yield piece


class _Echo:
    """A file that hands back what is written to it, so that ``writerow`` returns its line."""

    def write(self, line: str) -> str:
        return line


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe in front, which it does not show."""
    if isinstance(value, list):
        value = " ".join(value)
    if isinstance(value, str) and value.lstrip(" \n").startswith(FORMULA):
        return f"'{value}"
    return value


FORMATS: Final = {
    "csv": ("text/csv; charset=utf-8", csv_lines),
    "jsonl": ("application/jsonl; charset=utf-8", json_lines),
}
