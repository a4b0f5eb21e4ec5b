"""The details of a claim that must stand in the passages: numbers, identifiers and names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from chat.grounding.code import occurs, stands_in
from chat.grounding.numbers import Number, read_numbers
from chat.grounding.source import Source
from chat.grounding.terms import Terms, is_keystroke


@dataclass(frozen=True, slots=True)
class Details:
    """What of a claim's details the passages lack.

    ``counted`` are number words that no passage has; a reader of the book may have counted.
    ``misplaced`` are the tabs or commands that a detail stands under instead of the one named.
    """

    numbers: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        return bool(self.numbers or self.identifiers or self.names or self.misplaced)

    def reasons(self) -> tuple[str, ...]:
        return (
            *(f"number_missing:{number}" for number in (*self.numbers, *self.counted)),
            *(f"identifier_missing:{name}" for name in self.identifiers),
            *(f"name_missing:{name}" for name in self.names),
            *(f"stands_under:{label}" for label in self.misplaced),
        )


def check_details(claim: Terms, sources: Sequence[Source], allowed: frozenset[str]) -> Details:
    """Look the details of ``claim`` up in all passages."""
    known = [number for source in sources for number in _numbers(source.text)]
    unknown = [number for number in claim.numbers if not _is_known(number, known)]
    return Details(
        numbers=tuple(number.text for number in unknown if not number.spelled),
        counted=tuple(number.text for number in unknown if number.spelled),
        identifiers=_unknown_identifiers(claim, sources, allowed),
        names=tuple(name for name in claim.names if not _names(name, sources)),
    )


@lru_cache(maxsize=2_048)
def _numbers(text: str) -> tuple[Number, ...]:
    return tuple(read_numbers(text))


def _is_known(number: Number, known: Sequence[Number]) -> bool:
    return any(number.matches(other) for other in known)


def _unknown_identifiers(
    claim: Terms, sources: Sequence[Source], allowed: frozenset[str]
) -> tuple[str, ...]:
    spans = (span for span in claim.spans if not stands_in(span, sources, allowed))
    tokens = (token for token in claim.identifiers if not _is_written(token, sources))
    return (*spans, *tokens)


def _is_written(token: str, sources: Sequence[Source]) -> bool:
    low = token.lower()
    if is_keystroke(token):
        return any(_keystroke(low).search(source.folded) for source in sources)
    return any(occurs(low, source.folded) for source in sources)


@lru_cache(maxsize=256)
def _keystroke(keys: str) -> re.Pattern[str]:
    """ "ctrl+c" however a book writes it: "Ctrl-C", "`Ctrl` + `C`", "<kbd>Ctrl</kbd>+C"."""
    return re.compile(
        r"\b" + r"\W{1,5}(?:/?kbd\W{1,3})*".join(map(re.escape, keys.split("+"))) + r"\b"
    )


def _names(name: str, sources: Sequence[Source]) -> bool:
    """Whether a passage has the name, in whatever case, in singular or plural."""
    low = name.lower()
    forms = {low, low.removesuffix("s"), f"{low}s"}
    return any(occurs(form, source.folded) for source in sources for form in forms)
