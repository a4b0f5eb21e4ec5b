"""What invented answers are made of: the book's own passages, their sentences, and questions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chat.markdown import paragraph
from chat.sentences.borders import sentence_spans
from retrieval.models import Book, Chunk, Edition, heading_line

MOST_PASSAGES: Final = 400
SHORTEST_SENTENCE: Final = 40
LONGEST_SENTENCE: Final = 300

ASKED: Final = (
    "What does the book say about {}?",
    "How does {} work?",
    "Can you explain {} to a beginner?",
    "I do not understand {}. What is the idea?",
    "{}: what do I have to do first?",
    "What can go wrong with {}?",
)
NOT_IN_THE_BOOK: Final = (
    "Who won the race yesterday?",
    "Can you write my homework?",
    "What is the weather like tomorrow?",
    "Which laptop should I buy for this course?",
    "Translate the whole book into Latin, please.",
    "How much does a licence cost for my company?",
    "Does it run on a toaster?",
    "Is there a video of the lecture?",
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as a citation keeps it, and its sentences with their places."""

    citation: dict[str, Any]
    sentences: tuple[dict[str, Any], ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Passages worth citing, and questions that none of them answers."""

    passages: tuple[Passage, ...]
    refused: tuple[str, ...]


def material(book: Book, questions: Path | None = None) -> Material:
    """The material of the book's live edition. ``questions`` is a question file of the book.

    Raises ``ValueError`` when the book has no edition, or none with sentences in it.
    """
    if book.live is None:
        raise ValueError(f"{book.slug} has no edition yet: ingest it first.")
    asked, refused = _question_file(questions) if questions else ({}, [])
    passages = tuple(it for it in _passages(book.live, book.base_url, asked) if it.sentences)
    if not passages:
        raise ValueError(f"{book.slug} has no sentences to answer with.")
    return Material(passages, tuple(refused) or NOT_IN_THE_BOOK)


def _question_file(path: Path) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """The questions by page and anchor of their first gold section, and those to refuse."""
    asked: dict[tuple[str, str], list[str]] = {}
    refused = []
    for line in path.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        for gold in question["gold"][:1]:
            asked.setdefault((gold["path"], gold["anchor"]), []).append(question["question"])
        if question["expect"] == "refuse":
            refused.append(question["question"])
    return asked, refused


def _passages(
    edition: Edition, base_url: str, asked: dict[tuple[str, str], list[str]]
) -> Iterable[Passage]:
    chunks = Chunk.objects.filter(edition=edition, kind="prose").select_related("section")
    for chunk in chunks.order_by("ordinal")[:MOST_PASSAGES]:
        section = chunk.section
        own = asked.get((section.path, section.anchor))
        yield Passage(
            citation={
                "chunk_id": chunk.pk,
                "chunk_key": chunk.key,
                "title": section.title,
                "heading_path": section.heading_path,
                "url": _address(base_url, section.url, section.anchor),
                "text": chunk.text,
            },
            sentences=tuple(_sentences(chunk)),
            questions=tuple(own or _invented(section.heading_path, section.title)),
        )


def _address(base_url: str, url: str, anchor: str) -> str:
    page = f"{base_url.rstrip('/')}/{url.lstrip('/')}" if base_url else url
    return f"{page}#{anchor}" if anchor else page


def _sentences(chunk: Chunk) -> Iterable[dict[str, Any]]:
    """Whole sentences of the passage, each its own evidence."""
    for start, end in sentence_spans(chunk.text):
        text = chunk.text[start:end]
        if SHORTEST_SENTENCE <= len(text) <= LONGEST_SENTENCE and "\n" not in text:
            yield {
                "text": text,
                "tree": dict(paragraph(text)),
                "evidence": {"key": chunk.key, "start": start, "end": end, "quote": text},
            }


def _invented(heading_path: list[str], title: str) -> list[str]:
    topic = heading_line(heading_path[-2:]).replace(" › ", ", ") or title
    return [asked.format(topic) for asked in ASKED]
