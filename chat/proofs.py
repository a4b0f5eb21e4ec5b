"""What an old answer's sentences rest on, and what stands in its place in an edition."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from chat.models import Citation, Sentence
from chat.places import Places, likeness
from chat.sentences.borders import sentence_spans
from retrieval.passages import Kind, Passage

EDITED: Final = 0.6
"""Share of common words from which a quote is taken for edited, and not for gone."""


class Proofs:
    """The passages that one answer was offered, then and now. ``book`` is the slug."""

    def __init__(self, citations: Iterable[Citation], book: str, places: Places) -> None:
        self._citations = {citation.n: citation for citation in citations}
        self._book = book
        self._places = places

    @cached_property
    def have_moved(self) -> bool:
        """Whether any passage that the answer was offered is not as it was."""
        return any(not self._places.holds(citation) for citation in self._citations.values())

    @cached_property
    def then(self) -> list[Passage]:
        """The offered passages as they were."""
        return [_as_it_was(citation, self._book) for citation in self._citations.values()]

    @cached_property
    def there(self) -> dict[str, Passage]:
        """What stands now where the offered passages stood, by key."""
        citations = self._citations.values()
        return {passage.key: passage for c in citations for passage in self._places.near(c)}

    def first(self, sentence: Sentence) -> Citation | None:
        """The first passage it cites that is not as it was, else the first one."""
        cited = self._cited(sentence)
        changed = (citation for citation in cited if not self._places.holds(citation))
        return next(changed, cited[0] if cited else None)

    def stand(self, sentence: Sentence) -> bool:
        """Whether all that it cites is unchanged, or at least every quoted word."""
        cited = self._cited(sentence)
        unchanged = bool(cited) and all(self._places.holds(citation) for citation in cited)
        return unchanged or self.quoting(sentence) is not None

    def quoting(self, sentence: Sentence) -> Passage | None:
        """The passage in the place of the changed one, if all the quoted words still stand."""
        changed = self.first(sentence)
        if changed is None or self._places.holds(changed):
            return None
        standing = [self._with_quote(item) for item in sentence.evidence]
        if not all(standing):
            return None
        numbers = [item["n"] for item in sentence.evidence]
        return standing[numbers.index(changed.n)]

    def are_edited(self, sentence: Sentence) -> bool:
        """Whether something much like each quote still stands at its place."""
        return bool(sentence.evidence) and all(map(self._has_alike, sentence.evidence))

    def _cited(self, sentence: Sentence) -> list[Citation]:
        numbers = sentence.citation_numbers
        return [self._citations[n] for n in numbers if n in self._citations]

    def _with_quote(self, item: dict[str, Any]) -> Passage | None:
        """What stands in the place of a piece of evidence, if it says the same words."""
        quote, near = self._quote(item)
        return next((passage for passage in near if quote in passage.text), None)

    def _has_alike(self, item: dict[str, Any]) -> bool:
        quote, near = self._quote(item)
        texts = (p.text[start:end] for p in near for start, end in sentence_spans(p.text))
        return any(likeness(quote, text) >= EDITED for text in texts)

    def _quote(self, item: dict[str, Any]) -> tuple[str, tuple[Passage, ...]]:
        """The quoted words of a piece of evidence, and what stands in its place now."""
        citation = self._citations.get(item["n"])
        if citation is None:
            return "", ()
        return citation.text[item["start"] : item["end"]], self._places.near(citation)


def _as_it_was(citation: Citation, book: str) -> Passage:
    url, _, anchor = citation.url.partition("#")
    return Passage(
        key=citation.chunk_key,
        book=book,
        edition=0,
        path="",
        url=url,
        anchor=anchor,
        heading_path=tuple(citation.heading_path),
        kind=Kind.PROSE,  # code stands in its fence
        text=citation.text,
    )
