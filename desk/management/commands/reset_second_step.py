"""``reset_second_step``: let somebody in who lost both the telephone and the recovery codes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from desk.secondstep import reset


class Command(BaseCommand):
    help = "Forget the devices and recovery codes of a person, who then logs in with the password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        person = User.objects.filter(username=name).first()
        if person is None:
            raise CommandError(f"There is nobody called {name!r}.", returncode=2)
        reset(person)
        self.stdout.write(f"{name} logs in with the password alone.")
