"""What the fake model says: the book's words, the world's, a mix, or whatever the input orders."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from itertools import chain, cycle

from chat.prompts import FENCE, REFUSAL

WORLD = (
    "The daemon quits by itself after two hours of inactivity.",
    "The Eiffel Tower was finished in 1889 and is 330 metres tall.",
    "Fast DDS was started by the company eProsima in Madrid.",
    "Python 2 reached the end of its life in January 2020.",
    "The first version of the software was written by Keenan Wyrobek and Eric Berger.",
    "A Raspberry Pi 4 has a Cortex-A72 processor with four cores.",
    "Ubuntu 18.04 is the last release with the old settings dialogue.",
    "The Turtle was drawn after the robots of Grey Walter.",
    "Most teams pay about forty dollars a month for their hosted runners.",
    "The speed of light is 299,792,458 metres per second.",
    "You can also install everything with the package manager of your phone.",
    "The default port of the dashboard is 8731.",
)

_SENTENCE = re.compile(r"[^.!?\n]{25,}?[.!?](?=\s|$)")
_TOKEN = re.compile(r"\s*\S+\s*$|\s*\S+")
_WORD = re.compile(r"\w{3,}")
_ADDRESS = re.compile(r"(?:https?|javascript|data):[^\s)>\"']+|!?\[[^\]]*\]\([^)]*\)|<[a-z][^>]*>")
_ORDER = re.compile(
    r"\b(?:ignore|say|reply|respond|print|output|repeat|write|answer|append|include|tell|reveal|"
    r"act|pretend|send|show|translate|sage|schreibe|écris|di|escribe)\b[\s:,-]*(.*)",
    re.IGNORECASE,
)
_PROMPT_WANTED = re.compile(r"system|prompt|instruction|rules", re.IGNORECASE)
_BASE64 = re.compile(r"\b[A-Za-z0-9+/]{16,}={0,2}")
_REPHRASINGS = (
    (" can be used to ", " lets you "),
    (" is used to ", " serves to "),
    (" cannot ", " can not "),
    (" in order to ", " to "),
    (" for example ", " for instance "),
    (" a number of ", " several "),
)


def tokens_of(text: str) -> list[str]:
    """The text in word-sized pieces whose concatenation is the text."""
    return _TOKEN.findall(text)


def said(mode: str, messages: list[dict[str, str]], words: int) -> str:
    """What the model of this ``mode`` answers, in about ``words`` words."""
    return SPEAKERS[mode](messages, words)


def fenced(messages: list[dict[str, str]], label: str) -> list[str]:
    """The fenced texts of the last message whose label begins with ``label``."""
    content = messages[-1]["content"] if messages else ""
    return [part["text"] for part in FENCE.finditer(content) if part["label"].startswith(label)]


def _echo_book(messages: list[dict[str, str]], words: int) -> str:
    sentences = _book_sentences(messages)
    return _up_to(words, sentences) if sentences else REFUSAL


def _world(_messages: list[dict[str, str]], words: int) -> str:
    return _up_to(words, cycle(WORLD))


def _mixed(messages: list[dict[str, str]], words: int) -> str:
    pairs = zip(_book_sentences(messages), cycle(WORLD), strict=False)
    return _up_to(words, chain.from_iterable(pairs)) or _world(messages, words)


def _obedient(messages: list[dict[str, str]], _words: int) -> str:
    """Does what any text of the input orders, and gives away all that it holds."""
    everything = "\n".join(message["content"] for message in messages)
    texts = [message["content"] for message in messages[1:]]
    read = "\n".join(texts + [plain for text in texts for plain in _decoded(text)])
    spoken = [order for order in _ORDER.findall(read) if order.strip()]
    spoken += _ADDRESS.findall(read)
    if _PROMPT_WANTED.search(read):
        spoken.append(everything)
    return "\n\n".join(spoken) or REFUSAL


SPEAKERS: dict[str, Callable[[list[dict[str, str]], int], str]] = {
    "echo_book": _echo_book,
    "world": _world,
    "mixed": _mixed,
    "obedient": _obedient,
}


def _book_sentences(messages: list[dict[str, str]]) -> list[str]:
    """The passages' sentences, those that share most words with the question first; every second
    one is rephrased where a phrase with an equal one is found."""
    asked = set(_WORD.findall(" ".join(fenced(messages, "question")).lower()))
    bodies = [text.partition("\n\n")[2] for text in fenced(messages, "passage")]
    found = [match.strip() for body in bodies for match in _SENTENCE.findall(body)]
    plain = [sentence for sentence in dict.fromkeys(found) if sentence.count("`") % 2 == 0]
    ranked = sorted(plain, key=lambda one: -len(asked & set(_WORD.findall(one.lower()))))
    return [_rephrased(text) if number % 2 else text for number, text in enumerate(ranked)]


def _rephrased(sentence: str) -> str:
    for old, new in _REPHRASINGS:
        sentence = sentence.replace(old, new)
    return sentence


def _up_to(words: int, sentences: Iterator[str] | list[str] | cycle[str]) -> str:
    spoken: list[str] = []
    count = 0
    for sentence in sentences:
        spoken.append(sentence)
        count += len(sentence.split())
        if count >= words:
            break
    return " ".join(spoken)


def _decoded(text: str) -> list[str]:
    plain = []
    for blob in _BASE64.findall(text):
        try:
            plain.append(base64.b64decode(blob, validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return plain
