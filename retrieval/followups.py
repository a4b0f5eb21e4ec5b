"""What a question leans on: the conversation before it, and the text that the reader selected.

No model is called. A question that cannot stand alone ("Does that survive a restart?") is embedded
a second time together with the last two exchanges, and the two vectors are mixed. One that can is
only moved a little towards the last exchange, for a question about the same thing need not say so
("How many servers can share one name?"). Mixing vectors is kinder than joining texts alone: when
the topic has changed, the question still outweighs the past.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEW_TERMS = 2
SOME_TERMS = 6

EXCHANGES = 2
EXCERPT = 200
SELECTION_EXCERPT = 600

PRONOUN = re.compile(
    r"\b(?:it|its|itself|that|this|those|these|they|them|their|there|he|she|him|her|ones?|same"
    r"|such|former|latter)\b",
    re.IGNORECASE,
)
ELLIPSIS = re.compile(
    r"^\W*(?:and|but|or|so|ok|okay|then|also|what about|how about|what if|why|which one|else|again"
    r"|more|yes|no)\b|\b(?:too|instead|either|then|otherwise|else|as well|again)\W*(?:$|[?,])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the text that it leans on, both weighed against the question's own 1.

    ``near`` is the weight of the context's vector, ``words`` that of terms which only it has.
    ``context`` is empty when there is nothing to lean on.
    """

    question: str
    context: str = ""
    near: float = 0.0
    words: float = 0.0

    @property
    def leans(self) -> bool:
        return self.near > 1

    @property
    def as_text(self) -> str:
        """What was searched, for people and logs."""
        return self.context if self.leans else self.question


def asked_in(
    question: str, history: Sequence[Mapping[str, str]], selection: str, terms: int
) -> Asked:
    """The question in its context.

    ``history`` holds the turns before it, oldest first, each with ``role`` (user or assistant) and
    ``content``. ``terms`` is how many different content words the question has.
    """
    selected = selection.strip()[:SELECTION_EXCERPT]
    if selected or (history and _cannot_stand(question, terms)):
        past = _text_of(history[-2 * EXCHANGES :])
        context = " ".join(part for part in (past, selected, question) if part)
        return Asked(question, context, near=3.0, words=0.4)
    if past := _text_of(history[-2:]):
        return Asked(question, past, near=0.1, words=0.1)
    return Asked(question)


def _cannot_stand(question: str, terms: int) -> bool:
    """A long question with a pronoun usually names what the pronoun means."""
    points_back = PRONOUN.search(question) or ELLIPSIS.search(question)
    return terms <= FEW_TERMS or (terms <= SOME_TERMS and points_back is not None)


def _text_of(turns: Sequence[Mapping[str, str]]) -> str:
    """The turns' beginnings in order: an encoder reads 256 tokens, and the question comes last."""
    return " ".join(turn["content"].strip()[:EXCERPT] for turn in turns).strip()
