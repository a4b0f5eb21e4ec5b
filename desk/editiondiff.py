"""What one edition has that another has not: sections that came, went and changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from django.db.models.functions import MD5

from desk.differences import Difference, differences
from desk.explanations import Meaning
from retrieval.display import visible
from retrieval.models import Edition, Section, heading_line

ROWS_A_PAGE: Final = 30
MOST_CHARS: Final = 20_000
"""Of a section that are compared word by word: the time grows with the square."""

ADDED: Final = Meaning("Added", "good", "The section is new.")
CHANGED: Final = Meaning("Changed", "warn", "The section reads otherwise.")
REMOVED: Final = Meaning("Removed", "bad", "The section is gone.")

_Key: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """A section without its text."""

    pk: int
    digest: str


@dataclass(frozen=True, slots=True)
class Change:
    """A section that is not the same in both. ``old`` and ``new`` are keys of rows, or none."""

    kind: Meaning
    path: str
    headings: str
    old: int | None
    new: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A change with its words."""

    change: Change
    parts: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes in the order of the newer edition, those that went last."""

    changes: tuple[Change, ...]
    same: int

    def count(self, kind: Meaning) -> int:
        return sum(change.kind is kind for change in self.changes)

    @property
    def counts(self) -> list[tuple[Meaning, int]]:
        return [(kind, self.count(kind)) for kind in (ADDED, CHANGED, REMOVED)]


def compare(old: Edition, new: Edition) -> Comparison:
    """The changes from one edition to another, in two queries without any text."""
    before, after = _sections(old), _sections(new)
    changes = [*_come(before, after), *_gone(before, after)]
    return Comparison(tuple(changes), same=len(after) - sum(it.new is not None for it in changes))


def rows(changes: Sequence[Change]) -> list[Row]:
    """The changes with their words, in one query."""
    keys = [key for change in changes for key in (change.old, change.new) if key]
    texts = dict(Section.objects.filter(pk__in=keys).values_list("pk", "text"))
    return [Row(change, tuple(_parts(change, texts))) for change in changes]


def _sections(edition: Edition) -> dict[_Key, Kept]:
    """The sections by their place: page, headings, and how many there were of the same before."""
    found: dict[_Key, Kept] = {}
    seen: Counter[tuple[str, str]] = Counter()
    sections = Section.objects.filter(edition=edition).order_by("ordinal")
    for pk, path, headings, digest in sections.values_list(
        "pk", "path", "heading_path", MD5("text")
    ):
        place = path, heading_line(headings)
        found[(*place, seen[place])] = Kept(pk, digest)
        seen[place] += 1
    return found


def _come(before: dict[_Key, Kept], after: dict[_Key, Kept]) -> Iterator[Change]:
    for key, new in after.items():
        old = before.get(key)
        if old is None:
            yield Change(ADDED, key[0], key[1], None, new.pk)
        elif old.digest != new.digest:
            yield Change(CHANGED, key[0], key[1], old.pk, new.pk)


def _gone(before: dict[_Key, Kept], after: dict[_Key, Kept]) -> Iterator[Change]:
    for key, old in before.items():
        if key not in after:
            yield Change(REMOVED, key[0], key[1], old.pk, None)


def _parts(change: Change, texts: dict[int, str]) -> Iterator[Difference]:
    old, new = (texts.get(key or 0, "")[:MOST_CHARS] for key in (change.old, change.new))
    for part in differences(old, new):
        yield Difference(visible(part.text), part.change)
