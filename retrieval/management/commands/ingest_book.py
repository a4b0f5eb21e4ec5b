"""``ingest_book SOURCE --book SLUG``: read a book and make it the live edition."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from retrieval.fidelity import MEASURES
from retrieval.ingest import IngestResult, ingest
from retrieval.management.bookcommand import BookCommand, unusable_input
from retrieval.management.progress import ProgressBar
from retrieval.manifest import Manifest
from retrieval.models import Book
from retrieval.readers import FORMATS

KINDS_SHOWN = 8


class Command(BookCommand):
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
        with unusable_input(), ProgressBar(sys.stderr) as progress:
            result = ingest(options["book"], options["source"], said, progress)
        if result.recognised:
            told = f"Recognised {result.format} by {result.recognised}."
            self.stderr.write(told, self.style.SUCCESS)
        self.stdout.write(json.dumps(asdict(result)) if options["json"] else summary(result))
        if result.changed:
            self.tell_of_live(result.book)


def summary(result: IngestResult) -> str:
    """What an author wants to know after an ingest, in a few lines."""
    if not result.changed:
        return (
            f"{result.book}: nothing changed, edition {result.edition} stays live "
            f"({result.seconds:.1f} s)."
        )
    return "\n".join(
        [
            f"{result.book}: edition {result.edition} is live ({result.format}, "
            f"{result.seconds:.1f} s).",
            f"  {result.pages} pages, {result.sections} sections, {result.words:,} words",
            f"  {result.chunks} passages, {result.embedded} of them newly embedded",
            *(f"  {line}" for line in _fidelity(result.report)),
        ]
    )


def _fidelity(report: dict[str, Any]) -> Iterator[str]:
    """The report in a few lines; ``--json`` and the admin have all of it."""
    yield ", ".join(
        f"{report[f'{measure}_out']} of {report[f'{measure}_in']} {measure.replace('_', ' ')}"
        for measure in ("code_blocks", "tables")
    )
    if differing := report["differing"]["places"]:
        pages = ", ".join(_what_came(place) for place in differing[:KINDS_SHOWN])
        count = report["differing"]["count"]
        yield f"not all came through ({count} page{'s'[: count > 1]}): {pages}"
    if report["dropped"]:
        yield f"not text: {_kinds(report['dropped'])}"
    if report["suspicious"]:
        yield f"SUSPICIOUS: {_kinds(report['suspicious'])}"


def _what_came(place: dict[str, Any]) -> str:
    """A page with the measures of which more or less came out than went in."""
    if "pages_in" in place:
        return f"{place['path']} (no text)"
    counts = (
        f"{place[f'{measure}_out']} of {place[f'{measure}_in']} {measure.replace('_', ' ')}"
        for measure in MEASURES
        if f"{measure}_in" in place
    )
    return f"{place['path']} ({', '.join(counts)})"


def _kinds(kinds: dict[str, Any]) -> str:
    """Each kind with its count and its first place."""
    shown = list(kinds.items())[:KINDS_SHOWN]
    more = [f"{len(kinds) - len(shown)} more kinds"] if len(kinds) > len(shown) else []
    return "; ".join([*(_kind(name, found) for name, found in shown), *more])


def _kind(name: str, found: dict[str, Any]) -> str:
    first = next((f" ({place['path']}:{place['line']})" for place in found["places"]), "")
    return f"{found['count']} {name}{', removed' if found.get('removed') else ''}{first}"
