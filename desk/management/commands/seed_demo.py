"""``seed_demo``: a realistic month of readers' conversations for a book."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date
from factory.random import reseed_random

from desk.seeding.material import material
from desk.seeding.month import Month
from desk.seeding.storing import forget_invented, store
from retrieval.management.progress import ProgressBar
from retrieval.models import Book

BATCH = 2_000


class Command(BaseCommand):
    help = (
        "Invent a month of conversations for an ingested book, out of its own sentences, for a "
        "demonstration, screenshots or measurements. What was invented before is replaced; the "
        "same seed and last day invent the same again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("book", nargs="?", default="primer", help="The book's short name.")
        parser.add_argument("--answers", type=int, default=600)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--until", help="The last day, such as 2026-05-31. Default: today.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--questions", type=Path, help="A question file of the book.")
        parser.add_argument(
            "--force", action="store_true", help="Even though DEBUG is off, as in production."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "DEBUG is off, so this looks like production, where invented readers would spoil "
                "the figures. --force invents them nevertheless.",
                returncode=2,
            )
        if options["answers"] < 1 or options["days"] < 1:
            raise CommandError("--answers and --days must be at least 1.", returncode=2)
        stored = self._invent(options)
        self.stdout.write(f"{stored:,} answers invented for {options['book']}.")

    def _invent(self, options: dict[str, Any]) -> int:
        reseed_random(f"{options['seed']} {options['book']}")  # type: ignore[no-untyped-call]
        month = self._month(options)
        total = options["answers"]
        with ProgressBar(sys.stderr) as bar:
            return store(month.batches(total, BATCH), lambda done: bar("answers", done, total))

    def _month(self, options: dict[str, Any]) -> Month:
        book = Book.objects.select_related("live").filter(slug=options["book"]).first()
        if book is None:
            raise CommandError(f"There is no book {options['book']!r}.", returncode=2)
        try:
            found = material(book, options["questions"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(str(error), returncode=2) from error
        forget_invented(book)
        return Month(book, found, options["days"], _until(options["until"]))


def _until(day: str | None) -> Any:
    """The end of the named day, or now."""
    if day is None:
        return timezone.now()
    try:
        named = parse_date(day)
    except ValueError:
        named = None
    if named is None:
        raise CommandError("--until must be a day such as 2026-05-31.", returncode=2)
    return timezone.now().replace(
        year=named.year, month=named.month, day=named.day, hour=23, minute=59, second=59,
        microsecond=0,
    )  # fmt: skip
