"""``ingest_book SOURCE --book SLUG``: read a book and make it the live edition."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from retrieval.errors import RetrievalError
from retrieval.ingest import IngestResult, ingest
from retrieval.management.progress import ProgressBar
from retrieval.manifest import Manifest
from retrieval.models import Book
from retrieval.readers import FORMATS


class Command(BaseCommand):
    help = (
        "Ingest a book: read its source, embed what changed, and switch readers to the new "
        "edition in one step. Settings may stand in ragbook.json beside the book."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="Folder, file or https:// address of the book.")
        parser.add_argument("--book", required=True, metavar="SLUG", help="Name of the book.")
        parser.add_argument("--title", default="", help="Title that readers see.")
        parser.add_argument("--base-url", default="", help="Where the book is published.")
        parser.add_argument("--format", default="", choices=FORMATS, help="Default: auto.")
        parser.add_argument("--language", default="", help="BCP 47 tag; also asks for i18n/<tag>.")
        parser.add_argument(
            "--docs-version", default="", metavar="NAME", help="Default: the one the site shows."
        )
        parser.add_argument("--mode", default="", choices=Book.Mode.values, help="Default: strict.")
        parser.add_argument(
            "--include", action="append", default=[], metavar="GLOB", help="Pages to take."
        )
        parser.add_argument(
            "--exclude", action="append", default=[], metavar="GLOB", help="Pages to leave out."
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        said = Manifest(
            title=options["title"],
            base_url=options["base_url"],
            format=options["format"],
            language=options["language"],
            version=options["docs_version"],
            mode=options["mode"],
            include=tuple(options["include"]),
            exclude=tuple(options["exclude"]),
        )
        with ProgressBar(sys.stderr) as progress:
            try:
                result = ingest(options["book"], options["source"], said, progress)
            except RetrievalError as error:
                raise CommandError(str(error), returncode=2) from error
        if result.recognised:
            told = f"Recognised {result.format} by {result.recognised}."
            self.stderr.write(told, self.style.SUCCESS)
        self.stdout.write(json.dumps(asdict(result)) if options["json"] else summary(result))


def summary(result: IngestResult) -> str:
    """What an author wants to know after an ingest, in a few lines."""
    if not result.changed:
        return (
            f"{result.book}: nothing changed, edition {result.edition} stays live "
            f"({result.seconds:.1f} s)."
        )
    report = result.report
    lines = [
        f"{result.book}: edition {result.edition} is live ({result.format}, "
        f"{result.seconds:.1f} s).",
        f"  {result.pages} pages, {result.sections} sections, {result.words:,} words",
        f"  {result.chunks} passages, {result.embedded} of them newly embedded",
        f"  {report['code_blocks_out']} of {report['code_blocks_in']} code blocks, "
        f"{report['tables']} tables",
    ]
    if report["dropped"]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in list(report["dropped"].items())[:8])
        lines.append(f"  not text: {kinds}")
    return "\n".join(lines)
