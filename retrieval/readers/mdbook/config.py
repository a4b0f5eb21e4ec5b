"""What ``book.toml`` says of a book; mdBook's defaults for what it leaves out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import SourceError

CONFIG_FILE = "book.toml"


@dataclass(frozen=True)
class BookConfig:
    """The settings of a book, read from the tables of its ``book.toml``."""

    values: Mapping[str, Any]

    @property
    def title(self) -> str:
        return self._text("book", "title")

    @property
    def language(self) -> str:
        return self._text("book", "language") or "en"

    @property
    def src(self) -> str:
        """The folder of the chapters, relative to that of ``book.toml``."""
        return self._text("book", "src") or "src"

    @property
    def base_url(self) -> str:
        """Where the book is published: an address, a path from the host's root, or ""."""
        site = self._text("output", "html", "site-url").strip("/")
        host = self._text("output", "html", "cname").strip("/")
        if site and "://" not in site:
            site = f"https://{host}/{site}" if host else f"/{site}"
        elif host and not site:
            site = f"https://{host}"
        return f"{site}/" if site else ""

    @property
    def smart_punctuation(self) -> bool:
        return self._value("output", "html", "smart-punctuation") is not False

    @property
    def hidden_prefixes(self) -> dict[str, str]:
        """By language, what begins a line of code that is not shown; Rust has a rule of its own."""
        prefixes = self._value("output", "html", "code", "hidelines")
        found = prefixes.items() if isinstance(prefixes, dict) else ()
        return {language: prefix for language, prefix in found if isinstance(prefix, str)}

    def _text(self, *keys: str) -> str:
        value = self._value(*keys)
        return value.strip() if isinstance(value, str) else ""

    def _value(self, *keys: str) -> Any:
        value: Any = self.values
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def read_config(root: Path) -> BookConfig:
    """The settings of the book in a folder; a book may do without a ``book.toml``.

    Raises ``SourceError`` when the file is there but cannot be read.
    """
    path = root / CONFIG_FILE
    if not path.is_file():
        return BookConfig({})
    try:
        return BookConfig(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{CONFIG_FILE} cannot be read: {error}.", "Correct it.") from None
