"""``desk_token``: let a script review in the name of an editor."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from desk.apitokens import token_for

MOST_DAYS = 366


class Command(BaseCommand):
    help = (
        "Print a token with which a script reviews through the interface in the name of an editor, "
        "with that editor's rights and books. A new password ends it. It asks for no second step, "
        "so keep it as you keep a password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--days", type=int, default=30, help="How long it lasts. Default: 30.")

    def handle(self, *args: Any, **options: Any) -> None:
        name, days = options["username"], options["days"]
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {MOST_DAYS}.", returncode=2)
        editor = User.objects.filter(username=name, is_active=True, is_staff=True).first()
        if editor is None:
            raise CommandError(f"{name!r} is not an account of the desk.", returncode=2)
        self.stdout.write(token_for(editor, timedelta(days=days)))
