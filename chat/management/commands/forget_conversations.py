"""``forget_conversations``: delete what readers asked longer ago than it may be kept."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.keeping import forget


class Command(BaseCommand):
    help = (
        "Delete conversations in which nothing was asked for RAGBOOK_RETENTION_DAYS days, with "
        "their answers and feedback. Run it daily."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, help="Instead of RAGBOOK_RETENTION_DAYS.")

    def handle(self, *args: Any, **options: Any) -> None:
        days = settings.RAGBOOK_RETENTION_DAYS if options["days"] is None else options["days"]
        if days < 1:
            raise CommandError("--days must be at least 1.", returncode=2)
        count = forget(timedelta(days=days))
        self.stdout.write(f"{count} conversations forgotten that rested for {days} days.")
