"""``export_reviews``: what editors decided, as labelled sentences for ``evaluate_grounding``."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.exporting import labelled
from retrieval.models import Book


class Command(BaseCommand):
    help = (
        "Write the sentences that editors have judged as JSON lines, in the format of "
        "evaluate_grounding. The lines hold readers' questions: keep them as safe as the database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", default="", help="of this book alone")
        parser.add_argument("--out", type=Path, help="a file instead of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, path = options["slug"], options["out"]
        if slug and not Book.objects.filter(slug=slug).exists():
            raise CommandError(f"There is no book {slug!r}.", returncode=2)
        try:
            count = self._write(slug, path)
        except OSError as error:
            raise CommandError(f"Cannot write {path}: {error.strerror}.", returncode=2) from error
        self.stderr.write(f"{count} labelled sentences.")

    def _write(self, slug: str, path: Path | None) -> int:
        count = 0
        with path.open("w", encoding="utf-8") if path else nullcontext(self.stdout) as lines:
            for count, row in enumerate(labelled(slug), start=1):  # noqa: B007
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        return count
