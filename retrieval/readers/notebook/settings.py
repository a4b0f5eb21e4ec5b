"""Reads the YAML files in which Jupyter Books say what they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import SourceError


def read_settings(path: Path) -> Any:
    """What a YAML file holds. Raises ``SourceError`` when it is not YAML or not UTF-8."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        cause = str(error).replace("\n", " ")[:200]
        raise SourceError(f"{path.name} cannot be read: {cause}", "Correct its YAML.") from error


def table(settings: Any, *keys: str) -> Mapping[str, Any]:
    """The table under the keys, empty when there is none."""
    for key in keys:
        settings = settings.get(key) if isinstance(settings, Mapping) else None
    return settings if isinstance(settings, Mapping) else {}


def filled(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, and in all their tables what only the defaults have."""
    both = {**defaults, **settings}
    for key in settings.keys() & defaults.keys():
        ours, theirs = settings[key], defaults[key]
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            both[key] = filled(ours, theirs)
    return both


def text(settings: Mapping[str, Any], key: str) -> str:
    """The text under the key, empty when there is none."""
    value = settings.get(key)
    return str(value).strip() if isinstance(value, (str, int, float)) else ""
