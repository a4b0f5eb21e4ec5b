"""``search_book``: see what a reader's question finds."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from textwrap import shorten
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from retrieval.errors import RetrievalError
from retrieval.models import heading_line
from retrieval.passages import Found, SearchResult
from retrieval.search import ANSWERABLE_THRESHOLD, search

EXCERPT = 240


class Command(BaseCommand):
    help = "Search a book and list the passages found, best first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="The book, for example ros2-primer.")
        parser.add_argument("query", help="What to look for, in a reader's words.")
        parser.add_argument("--limit", type=int, default=8, help="How many passages (default 8).")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *_args: Any, **options: Any) -> None:
        query, limit = options["query"], options["limit"]
        if not query.strip() or limit < 1:
            raise CommandError("The query must not be empty and --limit not below 1.", returncode=2)
        try:
            result = search(options["slug"], query, limit=limit)
        except RetrievalError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(_as_json(result) if options["json"] else _as_text(result))


def _as_text(result: SearchResult) -> str:
    blocks = [_block(rank, found) for rank, found in enumerate(result.found, 1)]
    verdict = "answers" if result.answerable >= ANSWERABLE_THRESHOLD else "does not seem to answer"
    summary = (
        f"{len(result.found)} passages in {result.retrieve_ms:.0f} ms; "
        f"the book {verdict} this (answerable {result.answerable:.2f})"
    )
    return "\n\n".join([*blocks, summary])


def _block(rank: int, found: Found) -> str:
    passage = found.passage
    return "\n".join(
        [
            f"{rank:2}. {heading_line(passage.heading_path)}  [{passage.kind}, {found.score:.4f}]",
            f"    {passage.link}",
            f"    {shorten(passage.text, EXCERPT, placeholder=' …')}",
        ]
    )


def _as_json(result: SearchResult) -> str:
    passages = [
        {
            "rank": rank,
            "score": found.score,
            "key": found.passage.key,
            "path": found.passage.path,
            "anchor": found.passage.anchor,
            "heading_path": found.passage.heading_path,
            "url": found.passage.url,
            "kind": found.passage.kind,
            "text": found.passage.text,
        }
        for rank, found in enumerate(result.found, 1)
    ]
    told = {
        "query": result.query,
        "answerable": result.answerable,
        "retrieve_ms": result.retrieve_ms,
        "passages": passages,
    }
    return json.dumps(told, ensure_ascii=False)
