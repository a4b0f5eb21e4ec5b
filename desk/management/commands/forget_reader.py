"""``forget_reader``: delete what one reader asked, at the reader's own wish."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.keeping import of_reader
from chat.models import Conversation


class Command(BaseCommand):
    help = (
        "Delete a reader's conversations with their answers and feedback. The reader is known by "
        "the token of a conversation, its id, or the client id of a question, which the reader's "
        "browser keeps."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sign", nargs="+", help="Tokens or ids.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = {conversation.pk for sign in options["sign"] for conversation in of_reader(sign)}
        if not found:
            raise CommandError("No conversation is known by that. Nothing was deleted.")
        Conversation.objects.filter(pk__in=found).delete()
        self.stdout.write(f"{len(found)} conversations deleted.")
