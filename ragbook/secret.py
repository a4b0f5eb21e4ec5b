"""The secret key of an installation that was given none: made once, kept beside its data."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.management.utils import get_random_secret_key


def secret_key(folder: Path) -> str:
    """The key in ``folder/secret-key``, readable by its owner only; made when it is not there.

    Processes that start together agree: the file appears whole, and the first one wins.
    """
    path = folder / "secret-key"
    if not path.exists():
        _create(path)
    return path.read_text(encoding="ascii")


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # mode 0600
        file.write(get_random_secret_key())
        file.flush()
        try:
            os.link(file.name, path)
        except FileExistsError:
            return
