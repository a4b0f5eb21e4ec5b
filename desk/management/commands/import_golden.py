"""``import_golden SLUG FILE``: take the questions of a file as golden ones into the desk."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from desk.goldenfile import keep
from retrieval.evaluate import read_questions
from retrieval.management.bookcommand import BookCommand, unusable_input
from retrieval.models import Book


class Command(BookCommand):
    help = "Read golden questions from JSON lines; one with a known id takes that one's place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="The book, for example ros2-primer.")
        parser.add_argument("questions", type=Path, help="The question file (.jsonl).")

    def handle(self, *_args: Any, **options: Any) -> None:
        book = Book.objects.filter(slug=options["slug"]).first()
        if book is None:
            raise CommandError(f"There is no book {options['slug']!r}.", returncode=2)
        with unusable_input():
            imported = keep(book, read_questions(options["questions"]))
        self.stdout.write(f"{book.slug}: {imported.new} new, {imported.changed} replaced.")
