"""Where a gold's evidence stands in an edition."""

from __future__ import annotations

import re

from retrieval.evaluate.questions import Gold
from retrieval.models import Chunk, Section

WORD = re.compile(r"[^\W_]+")


class Places:
    """Where each chunk of an edition stands, and the words of each section.

    Says whether a gold's evidence stands in a chunk's section, or anywhere on its page.
    """

    def __init__(self, chunks: dict[int, int], sections: dict[int, tuple[str, str]]) -> None:
        self._section_of = chunks
        self._sections = sections

    @classmethod
    def of(cls, edition_id: int) -> Places:
        chunks = Chunk.objects.filter(edition=edition_id).values_list("pk", "section_id")
        sections = Section.objects.filter(edition=edition_id).values_list("pk", "path", "text")
        return cls(dict(chunks), {pk: (path, _words(text)) for pk, path, text in sections})

    def holds(self, chunk_id: int, gold: Gold) -> bool:
        path, words = self._sections[self._section_of[chunk_id]]
        return path == gold.path and _words(gold.evidence) in words

    def on_page(self, chunk_id: int, gold: Gold) -> bool:
        return self._sections[self._section_of[chunk_id]][0] == gold.path

    def has(self, gold: Gold) -> bool:
        evidence = _words(gold.evidence)
        return any(path == gold.path and evidence in text for path, text in self._sections.values())


def _words(text: str) -> str:
    """Words alone, each between spaces: neither markup nor white space can part two texts."""
    return f" {' '.join(WORD.findall(text.lower()))} "
