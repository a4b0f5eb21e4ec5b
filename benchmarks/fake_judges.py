"""What the fake model says when it is asked to judge sentences: the truth, lies, or nonsense."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from benchmarks.fake_texts import fenced

NEAR = 0.7
"""Share of a sentence's words that one sentence of a passage must have to prove it."""

_WORD = re.compile(r"\w{3,}")
_SENTENCE = re.compile(r"[^.!?\n]{15,}[.!?]?")


def judges(messages: list[dict[str, str]]) -> bool:
    """Whether a call asks for verdicts."""
    return bool(fenced(messages, "sentence"))


def judged(kind: str, messages: list[dict[str, str]]) -> str:
    """What the judge of this ``kind`` replies."""
    return JUDGES[kind](messages)


def _honest(messages: list[dict[str, str]]) -> str:
    """Says supported, with the words that prove it, where one sentence of the book has most."""
    quotes = [_SENTENCE.findall(text) for text in fenced(messages, "passage")]
    lines = [line.strip() for found in quotes for line in found]
    return _reply(_proof(sentence, lines) for sentence in fenced(messages, "sentence"))


def _lying(messages: list[dict[str, str]]) -> str:
    """Says that everything is supported, with words that it invents."""
    return _reply(f"As the book says, {text}" for text in fenced(messages, "sentence"))


def _misquoting(messages: list[dict[str, str]]) -> str:
    """Says that everything is supported, with true words of the book about something else."""
    passages = "\n".join(fenced(messages, "passage"))
    return _reply(_furthest(sentence, passages) for sentence in fenced(messages, "sentence"))


def _denying(messages: list[dict[str, str]]) -> str:
    return _reply("" for _ in fenced(messages, "sentence"))


def _malformed(_messages: list[dict[str, str]]) -> str:
    return '{"verdicts": [{"sentence": "all of them", "verdict": "fine"'


def _reply(quotes: Iterator[str]) -> str:
    """An empty quote says unsupported."""
    verdicts: list[dict[str, Any]] = [
        {"sentence": n, "verdict": "supported" if quote else "unsupported", "quote": quote}
        for n, quote in zip(count(1), quotes, strict=False)
    ]
    return json.dumps({"verdicts": verdicts})


def _proof(sentence: str, lines: list[str]) -> str:
    best = max(lines, key=lambda line: _overlap(sentence, line), default="")
    return best if _overlap(sentence, best) >= NEAR else ""


def _furthest(sentence: str, passages: str) -> str:
    lines = [line.strip() for line in _SENTENCE.findall(passages)]
    return min(lines, key=lambda line: _overlap(sentence, line), default="")


def _overlap(sentence: str, line: str) -> float:
    wanted = _words(sentence)
    return len(wanted & _words(line)) / max(len(wanted), 1)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


JUDGES: dict[str, Callable[[list[dict[str, str]]], str]] = {
    "honest": _honest,
    "lying": _lying,
    "misquoting": _misquoting,
    "denying": _denying,
    "malformed": _malformed,
}
