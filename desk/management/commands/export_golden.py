"""``export_golden SLUG``: the golden questions of the desk as a question file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from desk.golden import GoldenQuestion
from desk.goldenfile import as_lines
from retrieval.management.bookcommand import BookCommand
from retrieval.models import Book


class Command(BookCommand):
    help = "Write a book's golden questions as JSON lines, for the book's own repository."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="The book, for example ros2-primer.")
        parser.add_argument("--output", type=Path, metavar="FILE", help="Default: standard output.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not Book.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is no book {options['slug']!r}.", returncode=2)
        golden = list(GoldenQuestion.objects.filter(book__slug=options["slug"]))
        if options["output"] is None:
            self.stdout.write(as_lines(golden), ending="")
            return
        _write(options["output"], as_lines(golden))
        self.stdout.write(f"{len(golden)} golden questions written to {options['output']}.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=2) from error
