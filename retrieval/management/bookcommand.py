"""What the commands about books share: quick to start, and one way to end in an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.db.models import F

from retrieval.checks import SETTINGS
from retrieval.errors import RetrievalError
from retrieval.models import Edition
from retrieval.signals import went_live


class BookCommand(BaseCommand):
    """Checks the settings, and not the web application, which takes seconds to import."""

    requires_system_checks = (SETTINGS,)

    def tell_of_live(self, slug: str) -> None:
        """Say on standard error what follows from the book's new edition for those above it."""
        edition = Edition.objects.select_related("book").get(book__slug=slug, pk=F("book__live"))
        for _, line in went_live.send(type(self), edition=edition):
            if line:
                self.stderr.write(line, self.style.WARNING)


@contextmanager
def unusable_input() -> Iterator[None]:
    """What a person has to put right ends the command with status 2 and the way out."""
    try:
        yield
    except RetrievalError as error:
        raise CommandError(str(error), returncode=2) from error
    except OperationalError as error:
        raise CommandError(
            f"The database refused: {error}. Is it reachable, migrated and writable, and is there "
            "space left on its disk?",
            returncode=2,
        ) from error
