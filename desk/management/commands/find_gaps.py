"""``find_gaps [SLUG]``: what readers asked and the book does not answer; closes what it answers."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from chat.errors import ChatError
from desk.gap import Gap
from desk.gaps.closing import Asked, close_gaps
from desk.gaps.finding import Found, find_gaps
from desk.gaps.trend import trend
from retrieval.management.bookcommand import BookCommand, unusable_input
from retrieval.management.progress import ProgressBar
from retrieval.models import Book

SHOWN = 10


class Command(BookCommand):
    help = (
        "Cluster the questions that got no good answer into gaps, and ask each open gap again of "
        "an edition that was not asked yet: what it answers now is closed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", help="The book. Without it: every published book.")
        parser.add_argument(
            "--no-ask", action="store_true", help="Find gaps, but do not ask them again."
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with unusable_input(), ProgressBar(sys.stderr) as progress:
                runs = [
                    (find_gaps(slug, progress), _asked(slug, progress, skip=options["no_ask"]))
                    for slug in _slugs(options["slug"])
                ]
        except ChatError as error:
            raise CommandError(error.message, returncode=2) from error
        render = _as_json if options["json"] else _as_text
        self.stdout.write(render(runs))


def _asked(slug: str, progress: ProgressBar, *, skip: bool) -> Asked:
    return Asked(0, 0) if skip else close_gaps(slug, progress)


def _slugs(slug: str | None) -> Iterable[str]:
    return [slug] if slug else Book.objects.served().order_by("slug").values_list("slug", flat=True)


def _as_json(runs: Iterable[tuple[Found, Asked]]) -> str:
    books = [
        {**asdict(found), **asdict(asked), "gaps": [_gap(gap) for gap in _open(found.book)]}
        for found, asked in runs
    ]
    return json.dumps({"books": books}, ensure_ascii=False)


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "id": gap.pk,
        "question": gap.name,
        "count": gap.count,
        "weeks": gap.weeks,
        "trend": trend(gap.weeks).word.lower(),
        "missing": gap.missing,
        "nearest": gap.nearest,
    }


def _as_text(runs: Iterable[tuple[Found, Asked]]) -> str:
    return "\n".join(line for found, asked in runs for line in _lines(found, asked))


def _lines(found: Found, asked: Asked) -> Iterator[str]:
    yield (
        f"{found.book}: {found.questions} unanswered questions in {found.new + found.known} gaps "
        f"({found.new} new, {found.gone} gone); {asked.asked} asked again, {asked.closed} closed."
    )
    for gap in _open(found.book)[:SHOWN]:
        yield f"  {gap.count:>5}  {trend(gap.weeks).word.lower():<8}  {gap.name[:90]}"


def _open(slug: str) -> list[Gap]:
    return list(Gap.objects.open().filter(book__slug=slug).select_related("typical"))
