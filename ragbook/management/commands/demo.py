"""``demo``: from nothing to a book with its chatbot, on this machine."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

EDITOR = "editor"


class Command(BaseCommand):
    help = "Set up the database, ingest the primer, create an editor, and serve the book."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT", "8000"))
        parser.add_argument(
            "--readers", type=int, default=0, metavar="N", help="Also invent a month of N answers."
        )
        parser.add_argument("--no-serve", action="store_true", help="Set up only.")

    def handle(self, *args: Any, **options: Any) -> None:
        address = f"http://127.0.0.1:{options['port']}"
        call_command("migrate", verbosity=0)
        call_command(
            "ingest_book",
            str(settings.RAGBOOK_DEMO_BOOK),
            book="primer",
            base_url=f"{address}/book/",
            stdout=self.stdout,
        )
        if options["readers"]:
            self._invent(options["readers"])
        self._announce(address, editor_password())
        if not options["no_serve"]:
            sys.stdout.flush()
            with worker():
                call_command("runserver", f"127.0.0.1:{options['port']}", use_reloader=False)

    def _invent(self, answers: int) -> None:
        questions = settings.RAGBOOK_DEMO_BOOK / "questions.jsonl"
        call_command(
            "seed_demo", "primer", answers=answers, questions=questions, force=True,
            stdout=self.stdout,
        )  # fmt: skip

    def _announce(self, address: str, password: str) -> None:
        answers = "a model" if settings.OPENAI_API_KEY else "quoting, since OPENAI_API_KEY is unset"
        self.stdout.write(
            f"\n  The book and its chatbot   {address}/book/\n"
            f"  The editor's desk          {address}/admin/   {EDITOR} / {password}\n"
            f"  Answers come from          {answers}\n"
            "  Stop with Ctrl+C.\n"
        )


@contextmanager
def worker() -> Iterator[None]:
    """While it serves: a process beside it that does what the editor starts."""
    command = [sys.executable, "manage.py", "db_worker", "--no-reload", "--interval", "2"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR)  # noqa: S603 (our own command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def editor_password() -> str:
    """The demo editor's password, made with the account and kept beside the data."""
    path = settings.RAGBOOK_DATA / "editor-password"
    users = get_user_model().objects
    if path.exists() and users.filter(username=EDITOR).exists():
        return path.read_text(encoding="ascii")
    password = secrets.token_urlsafe(9)
    editor, _ = users.get_or_create(username=EDITOR, defaults={"is_staff": True})
    editor.is_staff = editor.is_superuser = True
    editor.set_password(password)
    editor.save()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password)
    return password
