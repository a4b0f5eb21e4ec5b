"""Text that speaks past the reader's eye: hidden characters, and instructions to models.

Hidden characters that carry no meaning for a reader are removed before anything is indexed, from
prose and from code: what is searched, judged and cited is what a person sees on the page. Those
that scripts and symbols need stay. Both are reported, as is text that addresses a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from retrieval.display import visible
from retrieval.passages import Block, SectionText

EXCERPT = 80


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One find: its kind, the text that was found, words around it, and whether it was removed.

    ``line`` is that of its section's heading; only the source itself knows a closer one.
    """

    kind: str
    line: int
    found: str
    detail: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class _Characters:
    """A kind of hidden characters. What the pattern's first group holds is left alone."""

    kind: str
    pattern: re.Pattern[str]


# Flags such as that of Scotland are spelled with a few tag characters.
_EMOJI_FLAG = "\U0001f3f4[\U000e0030-\U000e007a]{3,6}\U000e007f"

# The order decides which kind a character counts as: each is looked for in what the former left.
REMOVED = (
    _Characters("tag characters", re.compile(f"({_EMOJI_FLAG})|[\U000e0000-\U000e007f]+")),
    _Characters("bidirectional override", re.compile("()[\u202a-\u202e\u2066-\u2069]+")),
    _Characters(
        "zero-width character",  # joiners only where no script needs them
        re.compile(
            "()[\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]+"
            "|(?<=[!-~])[\u200c\u200d]+(?=[!-~])|[\u200c\u200d]{2,}"
        ),
    ),
    _Characters(
        "variation selectors",  # one after a symbol or an ideograph has a meaning
        re.compile(
            "()(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]+"
            "|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
        ),
    ),
    _Characters("control character", re.compile("()[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")),
)
KEPT = (
    _Characters("bidirectional mark", re.compile("()[\u061c\u200e\u200f]+")),
    _Characters(
        "private-use character",
        re.compile("()[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]+"),
    ),
    _Characters(
        "letters of two alphabets",
        re.compile("()\\w*(?:[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z])\\w*"),
    ),
)
_UNUSUAL = re.compile("[^\t\n -~\xa0-\xac\xae-\u03ff\u2010-\u2027\u2030-\u205e\u2100-\u2bff]")
_TAGS = re.compile("[\U000e0020-\U000e007e]")

INSTRUCTIONS = "instructions to a model"
_ADDRESSED = re.compile(
    r"""
      \b(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}?
        (?:previous|prior|above|earlier|preceding|system|your)\s+(?:\w+\s+){0,2}?
        (?:instructions?|prompts?|rules?|directions?|directives?|guidelines)\b
    | \b(?:ignore|disregard|forget)\s+(?:everything|all\ of\ that|what)\s+(?:\w+\s+){0,3}?
        (?:above|before|said|told)\b
    | \bas\s+an?\s+(?:ai|large\s+language\s+model|language\s+model|llm|chatbot)\b
    | \byou\s+are\s+(?:now\s+|actually\s+)?(?:an?|the)\s+(?:\w+\s+){0,2}?
        (?:ai|assistant|chatbot|language\s+model|llm|gpt)\b
    | \bfrom\s+now\s+on,?\s+you\s+(?:are|will|must|should)\b
    | \b(?:reveal|print|repeat|show|leak|output|disclose)\s+(?:\w+\s+){0,3}?
        (?:system\s+prompt|hidden\s+instructions|your\s+(?:prompt|instructions))\b
    | \b(?:system|developer)\s+(?:prompt|message|instructions?)\s*:
    | \b(?:new|updated|real|secret|hidden)\s+instructions?\s*:
    | \b(?:do\s+not|don['’]t|never)\s+(?:tell|inform|(?:mention|reveal)\s+(?:this|it)\s+to)\s+
        the\s+(?:user|reader)\b
    | \b(?:instructions?|notes?|message)\s+(?:to|for)\s+(?:the\s+|all\s+|any\s+)?
        (?:ai|assistants?|chatbots?|llms?|language\s+models?)\b
    | <\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>
    | \[/?INST\] | <</?SYS>>
    """,
    re.IGNORECASE | re.VERBOSE,
)
# One of these stands in every text that the pattern above fits. Looking for them is much faster.
_WORDS = (
    "instruction", "prompt", "rule", "direction", "directive", "guideline", "an ai", "model", "llm",
    "chatbot", "assistant", "gpt", " ai", "now on", "message", "the user", "the reader", "<|",
    "inst]", "sys>>", "everything", "all of that", "forget what", "ignore what",
)  # fmt: skip


def cleaned(section: SectionText) -> SectionText:
    """The section without the hidden characters that are removed; itself when it has none."""
    if not any(_UNUSUAL.search(text) for text in (*section.heading_path, *_texts(section))):
        return section
    return replace(
        section,
        heading_path=tuple(without_hidden(heading) for heading in section.heading_path),
        blocks=tuple(_cleaned_block(block) for block in section.blocks),
    )


def without_hidden(text: str) -> str:
    """The text without the hidden characters that are removed."""
    for characters in REMOVED:
        text = characters.pattern.sub(r"\1", text)
    return text


def suspicions(section: SectionText) -> Iterator[Suspicion]:
    """What is suspicious in a section as its reader read it, before it is cleaned."""
    for text in _texts(section):
        if _UNUSUAL.search(text):
            yield from _hidden(section, text)
        yield from _instructions(section, text)


def _texts(section: SectionText) -> Iterator[str]:
    """The section's own heading, and its blocks with their labels."""
    yield section.title
    for block in section.blocks:
        if block.label:
            yield block.label
        yield block.text


def _cleaned_block(block: Block) -> Block:
    return replace(block, text=without_hidden(block.text), label=without_hidden(block.label))


def _hidden(section: SectionText, text: str) -> Iterator[Suspicion]:
    for characters in (*REMOVED, *KEPT):
        for match in characters.pattern.finditer(text):
            if match.group() and match.group() != match[1]:
                removed = characters in REMOVED
                detail = _around(text, match)
                yield Suspicion(characters.kind, section.line, match.group(), detail, removed)
        if characters in REMOVED:
            text = characters.pattern.sub(r"\1", text)


def _instructions(section: SectionText, text: str) -> Iterator[Suspicion]:
    """Phrases that address a model, also those that are spelled in tag characters."""
    plain = without_hidden(_TAGS.sub(_letter, text)) if _UNUSUAL.search(text) else text
    lowered = plain.lower()
    if any(word in lowered for word in _WORDS):
        for match in _ADDRESSED.finditer(plain):
            yield Suspicion(INSTRUCTIONS, section.line, match.group(), _around(plain, match))


def _letter(tag: re.Match[str]) -> str:
    """The ASCII character that a tag character stands for."""
    return chr(ord(tag.group()) - 0xE0000)


def _around(text: str, match: re.Match[str]) -> str:
    """The find with words before and after it on one line, hidden characters spelled out."""
    start = max(0, match.start() - EXCERPT // 4)
    excerpt = _TAGS.sub(_letter, text[start : match.start() + EXCERPT])
    return visible(" ".join(excerpt.split()))
