"""Where editors may ingest from: what the operator has listed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings


def sources() -> list[str]:
    """The folders, files and addresses of ``RAGBOOK_SOURCES``, each pattern as what it matches.

    An editor chooses one of them and cannot name another, so no file beyond them can be read.
    """
    return list(dict.fromkeys(found for entry in settings.RAGBOOK_SOURCES for found in _in(entry)))


def _in(entry: str) -> Iterator[str]:
    if "*" not in entry:
        yield entry
        return
    fixed = Path(entry.split("*", 1)[0])
    base = fixed if entry.split("*", 1)[0].endswith("/") else fixed.parent
    pattern = str(Path(entry).relative_to(base))
    root = base.resolve()
    for path in sorted(base.glob(pattern)):
        if not path.name.startswith(".") and path.resolve().is_relative_to(root):
            yield str(path)
