"""``rollback_book SLUG``: let readers see an older edition again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from retrieval.editions import rollback
from retrieval.management.bookcommand import BookCommand, unusable_input


class Command(BookCommand):
    help = (
        "Make an older edition of a book the one that readers see, in one step. Without --to it "
        "is the edition before the live one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="The book, for example ros2-primer.")
        parser.add_argument("--to", type=int, metavar="N", help="The edition's number.")

    def handle(self, *_args: Any, **options: Any) -> None:
        with unusable_input():
            edition = rollback(options["slug"], options["to"])
        self.stdout.write(
            f"{options['slug']}: edition {edition.number} is live "
            f"({edition.page_count} pages, ingested {edition.created:%Y-%m-%d %H:%M} UTC)."
        )
        self.tell_of_live(options["slug"])
