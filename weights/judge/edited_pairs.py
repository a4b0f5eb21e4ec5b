"""Make labelled sentences from the documents of the labelled sets, for a model that compares.

    python weights/judge/edited_pairs.py GROUNDING EDITED.jsonl

One thing of a sentence is changed: a number, a name, a word, a role, a negation, a quantifier. The
old and the new form are each put beside the old and the new evidence, so that neither a claim nor
its evidence tells the label alone: only holding one against the other does. The sets' own claims
are changed likewise, alone or with all of their evidence. Other claims stand beside their document
without the sentence that says them, and questions with the answer to another question.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from book_pairs import (
    MAX_WORDS,
    MIN_WORDS,
    NAME,
    NUMBER,
    Section,
    exchanged,
    joined,
    negated,
    on_the_surface,
    overstated,
    sentences_of,
    swapped_in,
)
from measured import SETS, document

from chat.evaluate import Example, read_examples
from chat.grounding.lexicon import ANTONYMS

AROUND = 6  # sentences before and after the one that a claim is made of
PER_DOCUMENT = 60
EDITS = 2  # of one sentence
CHANGES = 4  # of one claim of the sets
ABSENT = 0.5  # share of sentences that also stand beside their document without them

Row = dict[str, Any]
Edit = Callable[[str, Section, random.Random], str | None]

_FIGURE = re.compile(r"(?<![\w.,/-])\d+(?:[.,]\d+)*(?![\w/-])")
_CONTENT_WORD = re.compile(r"\b[a-z]{5,}\b")


@dataclass(frozen=True)
class Text:
    """A document: its ``sentences`` in order, those that can be ``claimed`` by their places."""

    group: str
    sentences: tuple[str, ...]
    claimed: tuple[int, ...]

    @property
    def section(self) -> Section:
        return Section(self.group, "", " ".join(self.sentences), self.sentences)

    def around(self, place: int) -> tuple[list[str], int]:
        """The sentences about a place, and the place among them."""
        first = max(0, place - AROUND)
        return list(self.sentences[first : place + AROUND + 1]), place - first


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def texts(examples: Sequence[Example]) -> Iterator[Text]:
    """Each document once; a sentence of several is claimed of the first only."""
    seen: set[tuple[str, ...]] = set()
    used: set[str] = set()
    for example in examples:
        sentences = tuple(sentences_in(example))
        if sentences not in seen:
            seen.add(sentences)
            claimed = [
                at for at, each in enumerate(sentences) if is_whole(each) and each not in used
            ]
            used.update(sentences)
            yield Text(document(example), sentences, tuple(claimed))


def sentences_in(example: Example) -> Iterator[str]:
    """The sentences of prose, and lines that are none as they are."""
    for passage in example.passages:
        for line in filter(str.strip, passage.text.split("\n")):
            yield from [*sentences_of(line)] or [line]


def is_whole(sentence: str) -> bool:
    words = len(sentence.split())
    whole = sentence.rstrip('"”').endswith((".", "!")) and sentence[:1].isupper()
    return whole and MIN_WORDS <= words <= MAX_WORDS


# ── edits: each returns nothing where it does not apply ──────────────────────────────────────


def opposite(sentence: str, _section: Section, chance: random.Random) -> str | None:
    """A word's opposite in its place."""
    found = [match for match in _CONTENT_WORD.finditer(sentence) if match.group() in opposites()]
    if not found:
        return None
    at = chance.choice(found)
    return replaced(sentence, at, chance.choice(opposites()[at.group()]))


@cache
def opposites() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for pair in ANTONYMS.replace("\n", "|").split("|"):
        if pair:
            one, other = pair.split()
            found[one].append(other)
            found[other].append(one)
    return found


def another_word(sentence: str, section: Section, chance: random.Random) -> str | None:
    """A word of the same ending, and so most often of the same kind, from the same document."""
    found = [*_CONTENT_WORD.finditer(sentence)]
    if not found:
        return None
    at = chance.choice(found)
    ending = at.group()[-3:]
    words = {word for word in _CONTENT_WORD.findall(section.text) if word.endswith(ending)}
    rivals = sorted(word for word in words if word not in sentence)
    return replaced(sentence, at, chance.choice(rivals)) if rivals else None


def crossed(sentence: str, _section: Section, chance: random.Random) -> str | None:
    """Two words of the same ending in each other's place."""
    found = [*_CONTENT_WORD.finditer(sentence)]
    couples = [
        (one, other) for one in found for other in found
        if one.end() < other.start() and one.group() != other.group()
        and one.group()[-2:] == other.group()[-2:]
    ]  # fmt: skip
    if not couples:
        return None
    one, other = chance.choice(couples)
    return replaced(replaced(sentence, other, one.group()), one, other.group())


def replaced(sentence: str, at: re.Match[str], other: str) -> str:
    return sentence[: at.start()] + other + sentence[at.end() :]


def edits(numbers: Sequence[str], names: Sequence[str]) -> Mapping[str, Edit]:
    """The edits by name; ``numbers`` and ``names`` are those of all documents of the set."""
    return {
        "wrong_number": lambda text, near, chance: swapped_in(text, NUMBER, numbers, near, chance),
        "wrong_name": lambda text, near, chance: swapped_in(text, NAME, names, near, chance),
        "negated": lambda text, _near, _chance: negated(text),
        "overstated": lambda text, _near, chance: overstated(text, chance),
        "swapped": lambda text, _near, _chance: exchanged(text),
        "opposite": opposite,
        "another_word": another_word,
        "crossed": crossed,
    }


# ── pairs ────────────────────────────────────────────────────────────────────────────────────


def pairs(documents: Sequence[Text], chance: random.Random) -> Iterator[Row]:
    everything = "\n".join(text.section.text for text in documents)
    numbers, names = (sorted(set(kind.findall(everything))) for kind in (NUMBER, NAME))
    possible = edits(numbers, names)
    for text in documents:
        for place in chance.sample(text.claimed, min(PER_DOCUMENT, len(text.claimed))):
            yield from edited(text, place, possible, chance)
            if chance.random() < ABSENT:
                yield from absent(text, place, chance)


def edited(
    text: Text, place: int, possible: Mapping[str, Edit], chance: random.Random
) -> Iterator[Row]:
    """For some edits a supported and an unsupported claim, the evidence old or new."""
    sentence, section = text.sentences[place], text.section
    for kind in chance.sample(sorted(possible), len(possible))[: 2 * EDITS]:
        other = possible[kind](sentence, section, chance)
        if other and other != sentence:
            here, at = text.around(place)
            here[at], untrue = chance.sample((sentence, other), 2)
            for claim, label in ((here[at], "supported"), (untrue, "unsupported")):
                yield row(text, kind, label, here, on_the_surface(claim, chance))


def absent(text: Text, place: int, chance: random.Random) -> Iterator[Row]:
    """A claim, alone and joined to its neighbour, beside its document with and without it."""
    here, at = text.around(place)
    without = here[:at] + here[at + 1 :]
    claim = on_the_surface(here[at], chance)
    yield row(text, "said", "supported", here, claim)
    near = [other for other in without if is_whole(other)]
    if near:
        yield row(text, "absent", "unsupported", without, claim)
        both = joined(chance.choice(near), here[at], chance)
        yield row(text, "both_said", "supported", here, both)
        yield row(text, "half_absent", "partly", without, both)


def changed(examples: Sequence[Example], chance: random.Random) -> Iterator[Row]:
    """A written claim with words changed in it alone, and with the same ones in its evidence."""
    for example in examples:
        if example.label == "supported":
            text = Text(document(example), tuple(sentences_in(example)), ())
            for _ in range(CHANGES):
                words = exchange(example.sentence, text.section.text, chance)
                claim = translated(example.sentence, words)
                if claim != example.sentence:
                    meant = [translated(sentence, words) for sentence in text.sentences]
                    yield row(text, "changed", "unsupported", text.sentences, claim)
                    yield row(text, "changed", "supported", meant, claim)


def exchange(claim: str, text: str, chance: random.Random) -> Mapping[str, str]:
    """A word of the claim and its evidence, to another of its kind; if the claim has it, both."""
    kind = chance.choice((_FIGURE, NAME, _CONTENT_WORD))
    known = set(kind.findall(text))
    old = chance.choice(sorted(known & set(kind.findall(claim))) or [""])
    rivals = [word for word in sorted(known - {old}) if kind is not _CONTENT_WORD
              or word[-2:] == old[-2:]]  # fmt: skip
    if not old or not rivals:
        return {}
    inside = [word for word in rivals if word in claim]
    new = chance.choice(inside if inside and chance.random() < 0.5 else rivals)
    return {old: new, new: old} if new in claim else {old: new}


def translated(text: str, words: Mapping[str, str]) -> str:
    if not words:
        return text
    pattern = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", lambda found: words[found.group()], text)


def answers(examples: Sequence[Example], rows: Sequence[Row]) -> Iterator[Row]:
    """Questions with the answers to other questions about the same paragraph, and their own."""
    asked = defaultdict(list)
    for example, raw in zip(examples, rows, strict=True):
        if example.label == "supported":
            asked[example.passages].append((example, raw["question"], raw["answer"]))
    for group in asked.values():
        for example, question, answer in group:
            text = Text(document(example), tuple(sentences_in(example)), ())
            others = {other for _, _, other in group if other not in answer and answer not in other}
            for other in sorted(others)[:2]:
                for kind, label, said in (
                    ("another_answer", "unsupported", other),
                    ("answer", "supported", answer),
                ):
                    yield row(text, kind, label, text.sentences, f"{question} {said}")


def row(text: Text, kind: str, label: str, evidence: Sequence[str], claim: str) -> Row:
    return {
        "source": "edited", "group": text.group, "type": kind, "label": label,
        "evidence": list(evidence), "claim": claim,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("grounding", type=Path)
    parser.add_argument("edited", type=Path)
    options = parser.parse_args()
    chance = random.Random(0)
    with options.edited.open("w", encoding="utf-8") as file:
        for name in SETS:
            path = options.grounding / f"{name}.jsonl"
            examples = read_examples(path)
            made = [*pairs([*texts(examples)], chance), *changed(examples, chance)]
            raw = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            if "answer" in raw[0]:
                made += answers(examples, raw)
            for each in made:
                file.write(json.dumps(each, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
