"""What a page of MkDocs says of itself at its top: YAML between dashes, or ``Key: value`` lines.

Source of the rules: mkdocs 1.6, ``utils.meta``.
"""

from __future__ import annotations

import re

from retrieval.readers.docusaurus.frontmatter import FrontMatter, split_front_matter

_KEY = re.compile(r"[ ]{0,3}(?P<key>[A-Za-z0-9_-]+):\s*(?P<value>.*)")
_MORE = re.compile(r"(?:[ ]{4}|\t)\s*(?P<value>.*)")


def split_metadata(source: str) -> FrontMatter:
    """Part a page into metadata and body; the body keeps the numbers of its lines."""
    if source.startswith("---"):
        return split_front_matter(source)
    values: dict[str, str] = {}
    key = ""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        match = _KEY.fullmatch(line) or (_MORE.fullmatch(line) if key else None)
        if match is None:
            return FrontMatter(dict(values), "\n" * number + "\n".join(lines[number:]))
        key = match["key"].lower() if "key" in match.groupdict() else key
        values[key] = f"{values.get(key, '')} {match['value'].strip()}".strip()
    return FrontMatter(dict(values), "\n" * len(lines))
