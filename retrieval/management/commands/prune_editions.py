"""``prune_editions [SLUG] --keep N``: remove old editions with their rows and indexes."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError

from retrieval.editions import Pruned, prune
from retrieval.management.bookcommand import BookCommand, unusable_input
from retrieval.models import Book


class Command(BookCommand):
    help = (
        "Remove all but the newest editions of a book, or of every book. The live edition always "
        "stays, and answers keep what they cite."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", help="The book. Without it: every book.")
        parser.add_argument(
            "--keep", type=int, required=True, metavar="N", help="How many editions stay, from 1."
        )
        parser.add_argument("--dry-run", action="store_true", help="Only say what would go.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["keep"] < 1:
            raise CommandError("--keep must not be below 1.", returncode=2)
        did = "would remove" if options["dry_run"] else "removed"
        with unusable_input():
            for slug in _slugs(options["slug"]):
                pruned = prune(slug, options["keep"], dry_run=options["dry_run"])
                self.stdout.write(_told(pruned, did))


def _slugs(slug: str | None) -> Iterable[str]:
    return [slug] if slug else Book.objects.order_by("slug").values_list("slug", flat=True)


def _told(pruned: Pruned, did: str) -> str:
    kept = [f"{number} (live)" if number == pruned.live else str(number) for number in pruned.kept]
    removed = ", ".join(map(str, pruned.removed)) or "nothing"
    return f"{pruned.book}: {did} {removed}; kept {', '.join(kept) or 'nothing'}"
