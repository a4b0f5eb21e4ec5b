"""Where one sentence ends and the next begins, in English and in scripts with their own full stop.

A decision never changes when more text arrives: while the characters that decide are still
missing the answer is ``WAIT``. That is what makes the sentences of a stream independent of how
the stream is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

WAIT: Final = -1
NO_BORDER: Final = 0

MAX_SENTENCE: Final = 4_000
"""Characters after which a sentence without a border is cut at a space."""

MAX_CODE_SPAN: Final = 400
"""Characters after which an unclosed backtick is taken for an ordinary character."""

LOOK_AHEAD: Final = 512
"""No decision needs more characters than this beyond the mark it is about."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_MAX_TICKS = 8
_MARK = re.compile(r"[.!?…`。！？؟۔।]")
_TICKS = re.compile("`+")
_WIDE = frozenset("。！？؟۔।")  # these end a sentence without a space after them
_RUN = re.compile(r"[.!?…。！？؟۔।]{1,64}")
_CLOSERS = re.compile(r"[\"'”’»)\]}」』）*_~]{0,16}")
_CITATIONS = re.compile(
    r"(?: ?(?:\[\^?\d{1,3}(?:[,;–-] ?\d{1,3}){0,7}\]|【\d{1,3}[^】]{0,20}】)){0,8}"
)
_NEXT_WORD = re.compile(r" +([^ ])")
_MAYBE_CITATION = re.compile(r" ?(?:\[\^?[\d,;–\- ]{0,32}|【\d{0,3}[^】]{0,20})?")

# Never the last word of a sentence.
_TITLES = _words(
    "e.g i.e eg ie dr mr mrs ms prof vs cf approx resp incl excl ca viz st gen sgt capt"
)
# Part of the sentence only before a number ("No. 5", but "No. It is not.").
_BEFORE_NUMBER = _words(
    "no nos fig figs sec secs eq eqs vol ch p pp art ver v max min "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
# The sentence goes on after these only with a lowercase letter.
_BEFORE_LOWER = _words("etc al inc ltd co corp a.m p.m jr sr est misc ext")
_INITIALS = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")


def sentence_end(text: str, begin: int, at: int, *, ended: bool) -> tuple[int, int]:
    """Find the border of the sentence that begins at ``begin``, looking from ``at`` on.

    ``ended`` says that no more text belongs to this block. Returns ``(end, resume)``: ``end`` is
    the index after the sentence, with its closing quotes and citation marks, or ``WAIT``;
    ``resume`` is where to go on looking when more text has come.
    """
    while mark := _MARK.search(text, at):
        if mark.group() == "`":
            at = _after_code(text, mark.start(), ended=ended)
            if at == WAIT:
                return WAIT, mark.start()
            continue
        end = _border_at(text, begin, mark.start(), ended=ended)
        if end == WAIT:
            return WAIT, mark.start()
        if end != NO_BORDER:
            return end, end
        run = _RUN.match(text, mark.start())
        at = run.end() if run else mark.end()
    return WAIT, len(text)


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The ``(start, end)`` of each sentence of a finished text; spans leave out outer spaces."""
    start = 0
    while start < len(text):
        end, _ = sentence_end(text, start, start, ended=True)
        end = len(text) if end == WAIT else end
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if left < right:
            yield left, right
        start = end


def _after_code(text: str, at: int, *, ended: bool) -> int:
    """Where the code span that opens at ``at`` ends; after its backticks if it never closes."""
    opening = _TICKS.match(text, at)
    if opening is None:
        return at + 1
    if opening.end() == len(text) and not ended:
        return WAIT
    length = len(opening.group())
    limit = at + MAX_CODE_SPAN
    if length <= _MAX_TICKS:
        for run in _TICKS.finditer(text, opening.end(), limit + 2 * _MAX_TICKS):
            if run.end() == len(text) and not ended:
                return WAIT
            if len(run.group()) == length and run.start() < limit:
                return run.end()
        if not ended and len(text) < limit + 2 * _MAX_TICKS:
            return WAIT
    return opening.end()


def _border_at(text: str, begin: int, at: int, *, ended: bool) -> int:
    run = _RUN.match(text, at)
    if run is None:
        return NO_BORDER
    closers = _CLOSERS.match(text, run.end())
    after_closers = closers.end() if closers else run.end()
    if after_closers == len(text):
        return len(text) if ended else WAIT
    cited = _CITATIONS.match(text, after_closers)
    end = cited.end() if cited else after_closers
    if not ended and _MAYBE_CITATION.fullmatch(text, end):
        return WAIT
    if run.group()[-1] in _WIDE:
        return end
    following = _NEXT_WORD.match(text, end)
    if following is None:
        return NO_BORDER if text[end:].strip(" ") else len(text)
    quoted = any(mark in "\"'”’»)]}" for mark in text[run.end() : after_closers])
    before = text[begin : run.start()]
    return end if _ends(before, run.group(), following.group(1), quoted=quoted) else NO_BORDER


def _ends(before: str, marks: str, following: str, *, quoted: bool) -> bool:
    if following.islower() and (quoted or marks == "…" or marks.startswith("..")):
        return False
    if marks != ".":
        return True
    word = before[before.rfind(" ") + 1 :].lstrip("([{\"'“‘«*_")
    if before.strip().isdigit():
        return False  # the number of a step, not a sentence
    return not _goes_on(word, before, following)


def _goes_on(word: str, before: str, following: str) -> bool:
    """Whether a period after ``word`` belongs to an abbreviation."""
    low = word.lower()
    if low in _TITLES:
        return True
    if low in _BEFORE_NUMBER:
        return following.isdigit()
    if low in _BEFORE_LOWER:
        return following.islower()
    if _INITIALS.fullmatch(word):
        return True
    return _is_initial(word, before) and following.isupper()


def _is_initial(word: str, before: str) -> bool:
    """``J`` in "J. Smith" and "John F. Kennedy", not ``C`` in "written in C."."""
    if len(word) != 1 or not word.isupper():
        return False
    previous = before[: -len(word)].split()[-1:]
    return not previous or previous[0][:1].isupper()
