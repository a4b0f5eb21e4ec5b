"""``ragbook.json`` beside a book: its ingest settings. The command line wins over it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from retrieval.errors import SourceError

FILE_NAME = "ragbook.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Settings of a book; an empty value means that nothing was said."""

    title: str = ""
    base_url: str = ""
    format: str = ""
    language: str = ""
    version: str = ""
    mode: str = ""
    code: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    starter_questions: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def overridden_by(self, other: Manifest) -> Manifest:
        """This manifest with everything that ``other`` says put over it."""
        said = {f.name: getattr(other, f.name) for f in fields(other) if getattr(other, f.name)}
        return replace(self, **said)


def read_manifest(location: Path | str) -> Manifest:
    """The manifest in a folder or beside a file, empty when there is none.

    The address of a site has none. Raises ``SourceError`` for a manifest that is unusable.
    """
    root = Path(location)
    path = (root.parent if root.is_file() else root) / FILE_NAME
    if not path.exists():
        return Manifest()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {error}.") from error
    return _checked(path, data)


def _checked(path: Path, data: Any) -> Manifest:
    known = {f.name: f for f in fields(Manifest)}
    if not isinstance(data, dict):
        raise SourceError(f"{path} must hold a JSON object.")
    if unknown := sorted(set(data) - set(known)):
        raise SourceError(
            f"{path}: unknown setting {', '.join(unknown)}.", f"Known: {', '.join(known)}."
        )
    return Manifest(**{name: _value(path, name, known[name].default, data[name]) for name in data})


def _value(path: Path, name: str, default: Any, value: Any) -> Any:
    if isinstance(default, str) and isinstance(value, str):
        return value.strip()
    is_texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(default, tuple) and is_texts:
        return tuple(value)
    wanted = "a text" if isinstance(default, str) else "a list of texts"
    raise SourceError(f"{path}: {name} must be {wanted}.")
