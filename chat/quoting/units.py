"""A passage taken apart into what can be quoted: sentences, list items, table rows, code blocks.

Each unit knows what it cannot be quoted without: a sentence that begins with "This" needs the one
before it, a lead-in needs what it announces, an item needs its list's lead-in, a row its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from chat.grounding.terms import read_keys
from chat.sentences import Piece, PieceKind, SentenceSplitter
from retrieval.passages import Passage

READ_PASSAGES = 2_048  # that stay read: readers of one book are offered the same ones
SHORT_LIST = 8  # items or rows that are quoted together rather than picked from
LABEL_LENGTH = 60

# Begins by pointing at something that only the text before can name.
_POINTS_BACK = re.compile(
    r"(?:This|These|That|Those|It|Its|They|Them|Their|He|She|Such|Both|Neither|Another|Here|"
    r"(?:In|For|At|From|With|Because of|Due to|After|To do|As|On) (?:this|that|these|those|such)|"
    r"(?:When|If|While|Because|As|Since|Unless|Until|Where|After|Before|With|Without|Although) "
    r"(?:it|this|that|they|these|those|not|both|so)|"
    r"The (?:former|latter|same|second|third|other|above|rest|following output)|"
    r"In (?:other words|both)|Doing so|One way)\b"
)
# Goes on from what was said, but makes sense alone.
_GOES_ON = re.compile(
    r"(?:However|Therefore|Thus|Hence|Also|But|And|Or|So|Then|Instead|Otherwise|Again|Similarly|"
    r"Likewise|Moreover|Furthermore|Additionally|Finally|Next|Now|Afterwards?|As a result|"
    r"In (?:addition|contrast|turn)|On the other hand|For (?:example|instance))\b"
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to quote: ``text`` is Markdown and verbatim, ``block`` numbers the paragraph, list
    or table that it stands in. ``label`` is the line that names a tab or file above it."""

    passage: int
    position: int
    block: int
    kind: PieceKind
    text: str
    lead: str
    keys: frozenset[str]
    label: int | None = None

    @property
    def place(self) -> tuple[int, int]:
        return self.passage, self.position

    @property
    def announces(self) -> bool:
        """Whether it leads in to what follows."""
        return self.text.rstrip("*_ ").endswith((":", "："))

    @property
    def points_back(self) -> bool:
        """Whether nobody could tell what it is about without the sentence before it."""
        return self.kind in SENTENCES and _POINTS_BACK.match(self.text.lstrip("*_")) is not None

    @property
    def goes_on(self) -> bool:
        """Whether it reads better after the sentence before it."""
        return self.kind in SENTENCES and _GOES_ON.match(self.text.lstrip("*_")) is not None

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.text))


SENTENCES = {PieceKind.PARAGRAPH, PieceKind.QUOTE}
LISTED = {PieceKind.ITEM, PieceKind.ROW}


def read_units(number: int, passage: Passage) -> Sequence[Unit]:
    """The passage's units in order. Only text that stands in the passage word for word is kept."""
    return _read_units(number, passage.text)


@lru_cache(maxsize=READ_PASSAGES)
def _read_units(number: int, text: str) -> Sequence[Unit]:
    splitter = SentenceSplitter()
    pieces = splitter.feed(text) + splitter.finish()
    known = _spaced(text)
    units: list[Unit] = []
    for block, piece in _blocks(_whole_items(pieces)):
        if piece.kind is not PieceKind.HEADING and _is_verbatim(piece, known):
            keys = read_keys(piece.text)
            units.append(Unit(number, len(units), block, piece.kind, piece.text, piece.lead, keys))
    return _labelled(units)


def needs(units: Sequence[Unit], unit: Unit) -> list[Unit]:
    """What has to be quoted with ``unit`` for it to make sense, itself included, in book order.

    ``units`` are those of its passage. Empty if the passage does not hold what it needs.
    """
    wanted: dict[int, Unit] = {}
    if not _gather(units, unit, wanted):
        return []
    return [wanted[position] for position in sorted(wanted)]


def lead_in(units: Sequence[Unit], unit: Unit) -> Unit | None:
    """The sentence that announces the block of ``unit``, with at most a label in between."""
    first = next(other for other in units if other.block == unit.block)
    before = units[: first.position]
    while before and is_label(before[-1]):
        before = before[:-1]
    return before[-1] if before and before[-1].announces else None


def announced_by(units: Sequence[Unit], unit: Unit) -> Unit | None:
    """The first unit of the block that ``unit`` leads in to."""
    rest = units[unit.position + 1 :]
    while rest and is_label(rest[0]):
        rest = rest[1:]
    if not unit.announces or not rest or rest[0].kind in SENTENCES:
        return None
    return rest[0] if rest[0].block != unit.block else None


def is_label(unit: Unit) -> bool:
    """Whether it is a short line that names what follows: "Linux:", "Python › talker.py:"."""
    return (
        unit.kind is PieceKind.PARAGRAPH
        and unit.announces
        and len(unit.text) <= LABEL_LENGTH
        and (unit.words <= 2 or "›" in unit.text)
        and unit.lead != " "
    )


def _gather(units: Sequence[Unit], unit: Unit, wanted: dict[int, Unit]) -> bool:
    if unit.position in wanted:
        return True
    wanted[unit.position] = unit
    if unit.label is not None:
        wanted[unit.label] = units[unit.label]
    if unit.goes_on and len(wanted) == 1:
        _gather_before(units, unit, wanted)
    if unit.points_back and not _gather_before(units, unit, wanted):
        return False
    if unit.kind in LISTED or unit.kind is PieceKind.CODE:
        _gather_around(units, unit, wanted)
    return not unit.announces or unit.kind not in SENTENCES or _gather_after(units, unit, wanted)


def _gather_before(units: Sequence[Unit], unit: Unit, wanted: dict[int, Unit]) -> bool:
    """The sentence that it points back at; three in a row are a story, not a quote."""
    before = units[unit.position - 1] if unit.position else None
    if before is None or before.kind not in SENTENCES or before.announces or len(wanted) > 2:
        return False
    taken = dict(wanted)
    if _gather(units, before, wanted):
        return True
    wanted.clear()
    wanted.update(taken)
    return False


def _gather_around(units: Sequence[Unit], unit: Unit, wanted: dict[int, Unit]) -> None:
    leading = lead_in(units, unit)
    if unit.kind is PieceKind.CODE and leading is None:
        leading = _sentence_above(units, unit)
    if leading and not leading.points_back:
        wanted[leading.position] = leading
    block = [other for other in units if other.block == unit.block]
    if unit.kind is PieceKind.ROW:
        wanted[block[0].position] = block[0]  # the header
    elif unit.kind is PieceKind.ITEM and leading and len(block) <= SHORT_LIST:
        wanted.update({other.position: other for other in block})


def _sentence_above(units: Sequence[Unit], unit: Unit) -> Unit | None:
    above = [other for other in units[: unit.position] if not is_label(other)]
    return above[-1] if above and above[-1].kind in SENTENCES else None


def _gather_after(units: Sequence[Unit], unit: Unit, wanted: dict[int, Unit]) -> bool:
    first = announced_by(units, unit)
    if first is None:
        return False
    announced = [other for other in units if other.block == first.block][:SHORT_LIST]
    wanted.update({other.position: other for other in announced})
    if first.label is not None:
        wanted[first.label] = units[first.label]
    return True


def _whole_items(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """List items as units: the sentences of one item are joined again."""
    held: Piece | None = None
    for piece in pieces:
        if held and piece.kind is PieceKind.ITEM and not piece.lead.strip(" "):
            held = replace(held, text=f"{held.text}{piece.lead}{piece.text}")
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held


def _blocks(pieces: Iterator[Piece]) -> Iterator[tuple[int, Piece]]:
    block, previous = 0, None
    for piece in pieces:
        joins = previous is piece.kind and (piece.kind in LISTED or piece.lead in ("", " "))
        starts_table = piece.kind is PieceKind.ROW and "\n" in piece.text
        if not joins or starts_table:
            block += 1
        previous = piece.kind
        yield block, piece


def _labelled(units: list[Unit]) -> list[Unit]:
    """Each code block or list remembers the label line right above it."""
    named = []
    for position, unit in enumerate(units):
        above = units[position - 1] if position else None
        if above and unit.kind not in SENTENCES and is_label(above):
            unit = replace(unit, label=above.position)
        named.append(unit)
    return named


def _is_verbatim(piece: Piece, known: str) -> bool:
    if piece.kind is PieceKind.CODE:
        code = piece.text.partition("\n")[2].rpartition("\n")[0]
        return bool(code.strip()) and _spaced(code) in known
    if piece.kind is PieceKind.ROW:
        return all(_spaced(cell) in known for cell in piece.text.partition("\n")[0].split(" | "))
    return _spaced(piece.text) in known


def _spaced(text: str) -> str:
    return " ".join(text.strip("| ").split())
