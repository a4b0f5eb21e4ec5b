"""``export_conversations``: what readers asked and were told, as JSON Lines or CSV."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date

from chat.models import Conversation
from desk.conversationfiles import FORMATS, rows
from retrieval.models import Book


class Command(BaseCommand):
    help = "Write one row an answer, to a file or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("book", nargs="?", help="A book's short name; every book without it.")
        parser.add_argument("--format", choices=FORMATS, default="jsonl")
        parser.add_argument("--since", help="Asked on that day or later, such as 2026-05-31.")
        parser.add_argument("--output", type=Path, help="A file instead of standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        _, lines = FORMATS[options["format"]]
        chosen = lines(rows(_chosen(options["book"], options["since"])))
        if options["output"] is None:
            sys.stdout.writelines(chosen)
            return
        try:
            with options["output"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(chosen)
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}", returncode=2) from error


def _chosen(book: str | None, since: str | None) -> Any:
    conversations = Conversation.objects.all()
    if book:
        if not Book.objects.filter(slug=book).exists():
            raise CommandError(f"There is no book {book!r}.", returncode=2)
        conversations = conversations.filter(book__slug=book)
    return conversations.filter(last_asked__gte=_start(since)) if since else conversations


def _start(day: str) -> datetime:
    try:
        named = parse_date(day)
    except ValueError:
        named = None
    if named is None:
        raise CommandError("--since must be a day such as 2026-05-31.", returncode=2)
    return datetime.combine(named, time.min, UTC)
