"""What the commands about books share: quick to start, and one way to end in an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from retrieval.checks import SETTINGS
from retrieval.errors import RetrievalError


class BookCommand(BaseCommand):
    """Checks the settings, and not the web application, which takes seconds to import."""

    requires_system_checks = (SETTINGS,)


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
