"""What editors have laid down for parts of a book, and which sections that concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from retrieval.models import Chunk, Edition, Section, SectionRule, heading_line

Rule = SectionRule.Rule
Where = SectionRule.Where

NO_RULES: Final[frozenset[str]] = frozenset()

_Laid: TypeAlias = tuple[str, str, str]


def rules_of(edition: Edition) -> Callable[[str, Sequence[str]], frozenset[str]]:
    """What tells which rules hold for a section, from its page's path and its headings."""
    laid = _laid(edition)
    return lambda path, heading_path: _holding(laid, path, tuple(heading_path))


def excluded_chunks(edition: Edition) -> Mapping[int, str]:
    """The edition's chunks that are never to be found: their ids, and the keys of these."""
    excluding = tuple(laid for laid in _laid(edition) if laid[2] == Rule.EXCLUDED)
    return _chunks(edition.pk, edition.digest, excluding) if excluding else {}


def _laid(edition: Edition) -> tuple[_Laid, ...]:
    rules = edition.book.section_rules.all()  # in memory where the book is served
    return tuple((rule.where, rule.prefix, rule.rule) for rule in rules)


def _holding(laid: Sequence[_Laid], path: str, heading_path: tuple[str, ...]) -> frozenset[str]:
    if not laid:
        return NO_RULES
    return frozenset(
        rule
        for where, prefix, rule in laid
        if (_below(heading_path, prefix) if where == Where.HEADING else path.startswith(prefix))
    )


def _below(heading_path: tuple[str, ...], prefix: str) -> bool:
    """Whether the headings, from any of them on, begin with the prefix."""
    return any(
        heading_line(heading_path[start:]).startswith(prefix) for start in range(len(heading_path))
    )


@lru_cache(maxsize=64)
def _chunks(edition: int, digest: str, laid: tuple[_Laid, ...]) -> Mapping[int, str]:
    del digest  # it tells an edition from one of another database
    sections = Section.objects.filter(edition=edition).values_list("pk", "path", "heading_path")
    concerned = {pk for pk, path, headings in sections if _holding(laid, path, tuple(headings))}
    chunks = Chunk.objects.filter(edition=edition).values_list("pk", "key", "section_id")
    return {pk: key for pk, key, section in chunks if section in concerned}
