"""The order of files that no contents list: by name, with numbers by their value."""

from __future__ import annotations

import re


def natural_key(name: str) -> list[tuple[bool, int, str]]:
    """A sort key that puts "2" before "10", numbers before letters, and ignores punctuation."""
    parts = re.findall(r"\d+|[^\W\d_]+", name.lower())
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts]
