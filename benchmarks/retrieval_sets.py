"""Books and question files for measuring search, from a folder of public data sets.

``DIR`` holds ``books/ros2_documentation`` (the ROS 2 documentation's source), ``questions/`` with
``ros2_dev.jsonl``, ``squad2.corpus.jsonl`` and ``squad2.questions.jsonl`` (paragraphs of Wikipedia
articles; half of the questions are answered by none of them).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from retrieval.evaluate import Question, read_questions
from retrieval.ingest import ingest
from retrieval.manifest import Manifest
from retrieval.readers import Progress

ROS2_SCOPE = ("Tutorials/**", "Concepts/**", "How-To-Guides/**")


def ros2(data: Path, slug: str = "ros2", progress: Progress = lambda *_: None) -> list[Question]:
    """Ingest the ROS 2 documentation and return its questions."""
    source = data / "books" / "ros2_documentation"
    ingest(slug, source, Manifest(include=ROS2_SCOPE), progress)
    return read_questions(data / "questions" / "ros2_dev.jsonl")


def squad2(data: Path, scratch: Path, slug: str, progress: Progress) -> list[Question]:
    """Ingest the articles, one page each and one section a paragraph; return the questions."""
    paragraphs = {row["id"]: row for row in _rows(data / "questions" / "squad2.corpus.jsonl")}
    folder = scratch / "squad2"
    folder.mkdir(parents=True, exist_ok=True)
    for title, texts in _by_title(paragraphs.values()).items():
        sections = [f"## Part {number}\n\n{text}" for number, text in enumerate(texts, 1)]
        page = "\n\n".join([f"# {title}", *sections])
        (folder / f"{_name(title)}.md").write_text(page, encoding="utf-8")
    ingest(slug, folder, Manifest(format="docusaurus", title="Articles"), progress)
    rows = _rows(data / "questions" / "squad2.questions.jsonl")
    return [_question(row, paragraphs) for row in rows]


SETS: dict[str, Callable[[Path, Path, str, Progress], list[Question]]] = {
    "ros2": lambda data, _, slug, progress: ros2(data, slug, progress),
    "squad2": squad2,
}
"""What ingests a book below a slug and returns its questions: from the data, with a scratch folder,
showing progress."""


def _by_title(paragraphs: Any) -> dict[str, list[str]]:
    pages: dict[str, list[str]] = defaultdict(list)
    for paragraph in paragraphs:
        pages[paragraph["title"]].append(paragraph["text"])
    return pages


def _name(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title)


def _question(row: dict[str, Any], paragraphs: dict[str, dict[str, str]]) -> Question:
    golds = [paragraphs[gold["id"]] for gold in row["gold"]]
    return Question.model_validate(
        {
            "id": row["id"],
            "question": row["question"],
            "kind": row["kind"],
            "expect": "answer" if golds else "refuse",
            "gold": [
                {"path": f"{_name(gold['title'])}.md", "evidence": _beginning(gold["text"])}
                for gold in golds
            ],
        }
    )


def _beginning(text: str) -> str:
    """Whole words, enough of them to tell one paragraph from all others."""
    return " ".join(text.split()[:20])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
