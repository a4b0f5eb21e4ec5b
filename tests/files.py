"""Sources of books, written where a test wants them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write each text to its path below ``root``, and give ``root`` back."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def write_dedented(root: Path, files: Mapping[str, str]) -> Path:
    """The same, without the indentation that a text shares with the test around it."""
    return write(root, {name: dedent(text) for name, text in files.items()})
