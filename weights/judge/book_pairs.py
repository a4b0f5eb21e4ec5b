"""Make labelled sentences from books: what a page says, said otherwise, and what it does not say.

    python weights/judge/book_pairs.py BOOKS PAIRS.jsonl [--seed N]

BOOKS is a folder of Markdown books. Each sentence is paired with sections of its own page. The
true ones are compressed, merged, reordered and reworded. The false ones have another number, name
or command of the same book, a negation or a stronger quantifier, two details swapped, or come
from another page. All are edited on the surface alike, so that an edit does not give away a label.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

SECTIONS = 4  # of its page, beside each sentence
PER_SECTION = 2
PER_BOOK = 400  # sections, so that no book outweighs the others
MIN_WORDS, MAX_WORDS = 7, 45
RIVALS = 60  # sentences of other pages from which the most alike is taken

LEFT_OUT = {"i18n", "de", "es", "hi", "release-notes"}  # translations, and lists of changes

_HEADING = re.compile(r"^#{1,4} +(.+?)(?: *\{.*\})?$", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_MARKUP = re.compile(
    r"<[^<>]+>|^(?:/{3,}|:{3,}).*$|^(?:import|export) .*$|\{[{*%].*?[}%]\}", re.MULTILINE
)
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_EMPHASIS = re.compile(r"(?<![`\w])(\*\*|__|\*|_)(?=\S)([^`*_\n]+?)(?<=\S)\1(?!\w)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")
_CODE = re.compile(r"`[^`]+`")
NUMBER = re.compile(r"(?<![\w.`/-])\d+(?:\.\d+)?(?![\w`/-])")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)*")
_WORD = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True)
class Section:
    page: str
    heading: str
    text: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """Sections with what can be swapped into a sentence: numbers, names and code of the book."""

    name: str
    sections: tuple[Section, ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    codes: tuple[str, ...]


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_book(folder: Path) -> Book:
    sections = tuple(
        section
        for path in sorted(folder.rglob("*.md*"))
        if not LEFT_OUT & {*path.parts, path.stem}
        for section in read_page(path.relative_to(folder).as_posix(), path.read_text("utf-8"))
    )
    text = "\n".join(section.text for section in sections)
    found = [tuple(sorted(set(pattern.findall(text)))) for pattern in (NUMBER, NAME, _CODE)]
    return Book(folder.name, sections, *found)


def read_page(page: str, markdown: str) -> Iterator[Section]:
    text = _FRONT_MATTER.sub("", markdown)
    heads = [*_HEADING.finditer(_FENCE.sub(lambda fence: " " * len(fence.group()), text))]
    for head, after in zip_longest(heads, heads[1:]):
        body = plain(text[head.end() : after.start() if after else len(text)])
        sentences = tuple(sentences_of(body))
        if sentences:
            yield Section(page, head.group(1), body, sentences)


def plain(markdown: str) -> str:
    fences: list[str] = []

    def keep(fence: re.Match[str]) -> str:
        fences.append(fence.group())
        return f"\x00{len(fences) - 1}\x00"

    text = _MARKUP.sub("", _FENCE.sub(keep, markdown))
    text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))
    text = re.sub(r"(?<=\S)[ \t]*\n(?![\n>|*+#\x00-]|\d+\.)[ \t]*", " ", text)
    return re.sub(r"\x00(\d+)\x00", lambda at: fences[int(at.group(1))], text).strip()


def sentences_of(body: str) -> Iterator[str]:
    for line in _FENCE.sub("", body).split("\n"):
        for sentence in _SENTENCE_END.split(re.sub(r"^[>\s*+\d.-]+(?=[A-Z`])", "", line.strip())):
            words = len(sentence.split())
            whole = sentence.endswith((".", "!")) and sentence[:1].isupper()
            if whole and MIN_WORDS <= words <= MAX_WORDS and sentence.count("`") % 2 == 0:
                yield sentence


# ── surface: what changes no truth ───────────────────────────────────────────────────────────

REWORDINGS: Sequence[tuple[str, str]] = (
    (r"\bin order to\b", "to"),
    (r"\bis used to\b", "serves to"),
    (r"\b(allow|enable)s you to\b", "lets you"),
    (r"\ballow you to\b", "let you"),
    (r"\byou can\b", "it is possible to"),
    (r"\bwe(?:’|')ll\b", "you will"),
    (r"\bwe(?= (?:can|will|need|use|have|want))", "you"),
    (r"\b[Ww]e(?:’|')ve\b", "you have"),
    (r"\bfor example\b", "for instance"),
    (r"\bsuch as\b", "like"),
    (r"\bHowever, ", ""),
    (r"\b(?:also|simply|just|now|then|already) ", ""),
    (r"\bdoes not\b", "doesn't"),
    (r"\bdo not\b", "don't"),
    (r"\bdon(?:’|')t\b", "do not"),
    (r"\bisn(?:’|')t\b", "is not"),
    (r"\bis not\b", "isn't"),
    (r"\bbecause\b", "since"),
    (r"\bneeds? to\b", "has to"),
    (r"\bmultiple\b", "several"),
    (r"\blarge\b", "big"),
    (r"\bbegin", "start"),
    (r"\bmethod\b", "function"),
    (r"\bcreates?\b", "makes"),
    (r"\bwhen\b", "as soon as"),
    (r"\bprovides\b", "gives you"),
    (r"\btypically\b", "usually"),
    (r"\bcommonly\b", "often"),
    (r"\bhelps\b", "is of help to"),
    (r"\bimportant\b", "crucial"),
    (r"\brequired\b", "needed"),
)
_OPENINGS = ("Note that ", "In short, ", "Basically, ", "As the book explains, ", "Yes, ")
_PARENTHESIS = re.compile(r" \([^()]*\)")
_SIDE_CLAUSE = re.compile(r", (?:which|where|who|including|such as)\b[^,.;]*(?=[,.])")
_TAIL = re.compile(r",? (?:so that|because|since|while|which|by|using|for example)\b[^.;]*(?=\.$)")
_LEADING = re.compile(r"^((?:If|When|To|After|Before|Once|Since|With|In|For)\b[^,]{8,80}), (.+)\.$")


def reword(sentence: str, chance: random.Random) -> str:
    for pattern, other in REWORDINGS:
        if chance.random() < 0.7:
            sentence = re.sub(pattern, other, sentence)
    return sentence


def compress(sentence: str, chance: random.Random) -> str:
    shorter = _SIDE_CLAUSE.sub("", _PARENTHESIS.sub("", sentence))
    if chance.random() < 0.5:
        shorter = _TAIL.sub("", shorter)
    return shorter if len(shorter.split()) >= MIN_WORDS - 2 else sentence


def reorder(sentence: str, _chance: random.Random) -> str:
    found = _LEADING.match(sentence)
    if not found:
        return sentence
    first, rest = found.groups()
    return f"{upper(rest)} {lower(first)}."


def introduce(sentence: str, chance: random.Random) -> str:
    return chance.choice(_OPENINGS) + lower(sentence)


SURFACE: Sequence[tuple[float, Callable[[str, random.Random], str]]] = (
    (0.75, reword),
    (0.5, compress),
    (0.5, reorder),
    (0.12, introduce),
)


def on_the_surface(sentence: str, chance: random.Random) -> str:
    for share, edit in SURFACE:
        if chance.random() < share:
            sentence = edit(sentence, chance)
    return upper(sentence)


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    return text if text[1:2].isupper() or text.startswith("I ") else text[:1].lower() + text[1:]


# ── falsehoods: each returns nothing where it does not apply ─────────────────────────────────


def swapped_in(
    sentence: str,
    pattern: re.Pattern[str],
    others: Sequence[str],
    section: Section,
    chance: random.Random,
) -> str | None:
    """One match replaced by another of the book, half of the time one of the same section."""
    found = [*pattern.finditer(sentence)]
    if not found:
        return None
    here = sorted(set(pattern.findall(section.text)))
    pool = here if len(here) > 2 and chance.random() < 0.5 else others
    at = chance.choice(found)
    rivals = [
        other for other in pool if other not in sentence and other.lower() != at.group().lower()
    ]
    if not rivals:
        return None
    return sentence[: at.start()] + chance.choice(rivals) + sentence[at.end() :]


_NEGATIONS: Sequence[tuple[str, Any]] = (
    (r"\b(?:do|does) not\b ?|\b(?:do|does)n['’]t\b ?", ""),
    (r"\b(is|are|can|will|should|must|was|has|have|could|would) not\b", r"\1"),
    (r"\b(is|are|must|should|could|would|has)n['’]t\b", r"\1"),
    (r"\bcan['’]t\b|\bcannot\b", "can"),
    (r"\bnever\b", "always"),
    (r"\bwithout\b", "with"),
    (r"\b(is|are|can|will|should|must|was|has|have) (?!not\b)", r"\1 not "),
    (
        r"\b(allows|lets|needs|uses|makes|creates|returns|provides|requires|runs|starts|means|takes)\b",
        lambda verb: f"does not {verb.group(1).removesuffix('s')}",
    ),
)
_STRONGER: Sequence[tuple[str, str]] = (
    (r"\bsome\b", "all"), (r"\b(?:may|might|can|could)\b(?! not)", "must"), (r"\bmost\b", "all"),
    (r"\b(?:usually|often|sometimes|typically|generally)\b", "always"), (r"\bmany\b", "all"),
    (r"\bshould\b(?! not)", "must"), (r"\bone of\b", "all of"),
)  # fmt: skip


def negated(sentence: str) -> str | None:
    return first_change(sentence, _NEGATIONS)


def overstated(sentence: str, chance: random.Random) -> str | None:
    return first_change(sentence, chance.sample(list(_STRONGER), len(_STRONGER)))


def first_change(sentence: str, changes: Sequence[tuple[str, Any]]) -> str | None:
    for pattern, other in changes:
        changed = re.sub(pattern, other, sentence, count=1)
        if changed != sentence:
            return changed
    return None


def exchanged(sentence: str) -> str | None:
    """Two pieces of code, names or numbers of the sentence in each other's place."""
    for pattern in (_CODE, NAME, NUMBER):
        found = [*pattern.finditer(sentence)]
        if len({match.group() for match in found}) >= 2:
            one, other = found[0], next(m for m in found if m.group() != found[0].group())
            return "".join(
                (sentence[: one.start()], other.group(), sentence[one.end() : other.start()],
                 one.group(), sentence[other.end() :])
            )  # fmt: skip
    return None


# ── pairs ────────────────────────────────────────────────────────────────────────────────────


def pairs(books: Sequence[Book], seed: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(seed)
    for number, book in enumerate(books):
        others = [sentence for other in books[:number] + books[number + 1 :]
                  for section in other.sections for sentence in section.sentences]  # fmt: skip
        for section in chance.sample(book.sections, min(PER_BOOK, len(book.sections))):
            chosen = chance.sample(section.sentences, min(PER_SECTION, len(section.sentences)))
            for sentence in chosen:
                evidence = passages(book, section, chance)
                for kind, label, claim in claims(sentence, book, section, others, chance):
                    yield {
                        "source": "books", "group": f"{book.name}/{section.page}", "type": kind,
                        "label": label, "passages": evidence, "sentence": claim,
                    }  # fmt: skip


def passages(book: Book, section: Section, chance: random.Random) -> list[dict[str, Any]]:
    page = [other for other in book.sections if other.page == section.page and other != section]
    shown = [section, *chance.sample(page, min(SECTIONS - 1, len(page)))]
    chance.shuffle(shown)
    return [{"text": one.text, "heading_path": [one.heading], "path": one.page} for one in shown]


def claims(
    sentence: str, book: Book, section: Section, others: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    """Type, label and text: two true claims, and two false ones of kinds that fit the sentence."""
    yield "said_otherwise", "supported", on_the_surface(sentence, chance)
    partner = chance.choice(section.sentences)
    if partner != sentence:
        yield "merged", "supported", joined(sentence, partner, chance)
    away = elsewhere(book, section, chance)
    wrong = {
        "wrong_number": swapped_in(sentence, NUMBER, book.numbers, section, chance),
        "wrong_name": swapped_in(sentence, NAME, book.names, section, chance),
        "wrong_code": swapped_in(sentence, _CODE, book.codes, section, chance),
        "negated": negated(sentence),
        "overstated": overstated(sentence, chance),
        "swapped": exchanged(sentence),
    }
    fitting = [kind for kind, claim in wrong.items() if claim]
    if fitting:
        kind = chance.choice(fitting)
        yield kind, "unsupported", on_the_surface(str(wrong[kind]), chance)
    yield "other_page", "unsupported", on_the_surface(away, chance)
    if chance.random() < 0.3:
        yield "other_book", "unsupported", on_the_surface(chance.choice(others), chance)
    if chance.random() < 0.3:
        yield "half_from_elsewhere", "partly", joined(sentence, away, chance)


def joined(first: str, second: str, chance: random.Random) -> str:
    halves = compress(first, chance).rstrip(".!"), lower(compress(second, chance))
    return on_the_surface(", and ".join(halves), chance)


def elsewhere(book: Book, section: Section, chance: random.Random) -> str:
    """Of some sentences of other pages the one that shares most words with this section."""
    rivals = [
        rival for other in chance.choices(book.sections, k=RIVALS) if other.page != section.page
        for rival in other.sentences[:2]
    ]  # fmt: skip
    words = set(_WORD.findall(section.text.lower()))

    def likeness(rival: str) -> float:
        theirs = set(_WORD.findall(rival.lower()))
        return len(theirs & words) / (len(theirs) + 1)

    ranked = sorted(rivals, key=likeness)
    return ranked[-1] if chance.random() < 0.5 else chance.choice(ranked)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("books", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="of the choices; 0 is what is measured")
    options = parser.parse_args()
    folders = sorted(path for path in options.books.iterdir() if path.is_dir())
    books = [book for book in map(read_book, folders) if len(book.sections) > RIVALS]
    with options.pairs.open("w", encoding="utf-8") as file:
        for pair in pairs(books, options.seed):
            file.write(json.dumps(pair, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
