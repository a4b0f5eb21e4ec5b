"""Cut a model's Markdown, while it streams, into pieces that can be judged one by one.

A piece is a sentence, a list item's sentence, a table row, a heading or a whole code block. It is
handed out as soon as it is surely complete, and the pieces are the same however the stream is
cut: no decision is made before the characters that it depends on have come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from chat import markdown
from chat.markdown import Node
from chat.sentences.borders import LOOK_AHEAD, MAX_SENTENCE, WAIT, sentence_end
from chat.sentences.lines import (
    MAX_UNDECIDED,
    Line,
    LineKind,
    read_line,
    strip_indent,
    strip_quotes,
)

MAX_CODE: Final = 16_000
"""Characters after which a code block is handed out in parts."""

MAX_DEPTH: Final = 6

_CHUNK: Final = 1_024  # deltas are taken in at most this many characters, which bounds every buffer


class PieceKind(StrEnum):
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    HEADING = "heading"
    CODE = "code"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Piece:
    """A unit of an answer that is judged and shown, or withheld, as a whole.

    ``text`` is its Markdown, safe to render and complete on its own. ``lead`` joins it to the piece
    before: white space and the list or quote marker, so that the leads and texts in order make a
    readable document. ``tree`` is the block node of :mod:`chat.markdown`. ``complete`` is false
    for code whose closing fence never came.
    """

    kind: PieceKind
    text: str
    lead: str
    tree: Node
    complete: bool = True


@dataclass(slots=True)
class _Block:
    """The paragraph, quote or list item that text is being added to."""

    kind: PieceKind
    lead: str
    joins: bool = False
    number: int | None = None
    depth: int = 1
    text: str = ""
    scanned: int = 0
    carried: str = ""  # bold and italic marks that the sentence before left open

    def append(self, part: str) -> None:
        """Add text; runs of white space become one space, and none stands at the beginning."""
        spaced = part.replace("\t", " ")
        while "  " in spaced:
            spaced = spaced.replace("  ", " ")
        if not self.text or self.text[-1] == " ":
            spaced = spaced.removeprefix(" ")
        self.text += spaced

    def take(self, *, ended: bool) -> Iterator[tuple[str, bool]]:
        """The complete sentences so far, each with whether it is the block's last."""
        while self.text:
            end, self.scanned = sentence_end(self.text, 0, self.scanned, ended=ended)
            if end == WAIT and len(self.text) >= MAX_SENTENCE + LOOK_AHEAD:
                end = self._cut()
            if end == WAIT:
                break
            sentence, self.text, self.scanned = self.text[:end], self.text[end:], 0
            yield sentence, ended and not self.text.strip()
        if ended and self.text:
            sentence, self.text, self.scanned = self.text, "", 0
            yield sentence, True

    def _cut(self) -> int:
        space = self.text.rfind(" ", MAX_SENTENCE // 2, MAX_SENTENCE)
        return MAX_SENTENCE if space < 0 else space

    def node(self, text: str) -> Node:
        if self.kind is PieceKind.ITEM:
            return markdown.item(text, number=self.number, depth=self.depth, joins=self.joins)
        build = markdown.quote if self.kind is PieceKind.QUOTE else markdown.paragraph
        return build(text, joins=self.joins)


@dataclass(slots=True)
class _Fence:
    """An open code block."""

    marker: str
    language: str
    indent: int
    quoted: bool
    lead: str
    lines: list[str] = field(default_factory=list)
    size: int = 0

    def closes(self, line: str) -> bool:
        bare = line.strip()
        return len(bare) >= len(self.marker) and not bare.strip(self.marker[0])

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.size += len(line) + 1

    def take(self) -> str:
        text, self.lines, self.size = "\n".join(self.lines), [], 0
        return text


class SentenceSplitter:
    """Feed it the deltas of one answer; it returns the pieces that each delta completes.

    Memory is bounded by a few kilobytes, and the work is linear in the length of the stream.
    """

    def __init__(self) -> None:
        self._line = ""  # the current line while its kind is unknown, or to its end in code
        self._flowing = False  # the rest of the current line is text of the block
        self._block: _Block | None = None
        self._fence: _Fence | None = None
        self._header: Line | None = None  # a table's first row, until the line below confirms it
        self._in_table = False
        self._levels: list[int] = []  # indents of the list markers that are open
        self._previous: PieceKind | None = None

    def feed(self, delta: str) -> list[Piece]:
        """Take in some more of the stream; return what is complete now, often nothing."""
        text = markdown.clean(delta)
        pieces: list[Piece] = []
        for start in range(0, len(text), _CHUNK):
            first, *others = text[start : start + _CHUNK].split("\n")
            self._add(first, pieces)
            for part in others:
                self._end_line(pieces)
                self._add(part, pieces)
        return pieces

    def finish(self) -> list[Piece]:
        """The stream has ended: return what is left of it."""
        pieces: list[Piece] = []
        if self._line or self._flowing:
            self._end_line(pieces)
        self._drop_header(pieces)
        self._end_block(pieces)
        if self._fence:
            self._end_fence(pieces, complete=False)
        return pieces

    # ── characters to lines ─────────────────────────────────────────────────────────────────

    def _add(self, part: str, pieces: list[Piece]) -> None:
        while part and not self._flowing:
            room = MAX_UNDECIDED - len(self._line)
            self._line, part = self._line + part[:room], part[room:]
            if self._fence:
                self._cut_long_code_line()
            elif line := read_line(self._line, whole=False):
                self._line, self._flowing = "", True
                self._open_line(line, pieces)
        if part and self._block:
            self._block.append(part)
            self._take(pieces, ended=False)

    def _cut_long_code_line(self) -> None:
        if self._fence and len(self._line) >= MAX_UNDECIDED:
            self._fence.add(self._line)
            self._line = ""

    def _end_line(self, pieces: list[Piece]) -> None:
        line, self._line = self._line, ""
        if self._flowing:
            self._flowing = False
            if self._block:
                self._block.append(" ")
        elif self._fence:
            self._code_line(self._fence, line, pieces)
        elif read := read_line(line, whole=True):
            self._open_line(read, pieces)
            if read.kind in (LineKind.TEXT, LineKind.ITEM) and self._block:
                self._block.append(" ")

    # ── lines to blocks ─────────────────────────────────────────────────────────────────────

    def _open_line(self, line: Line, pieces: list[Piece]) -> None:
        """Act on a line of which the kind is known; text that follows in it flows on."""
        if self._header and line.kind is not LineKind.ROW:
            self._drop_header(pieces)
        self._in_table = self._in_table and line.kind is LineKind.ROW
        match line.kind:
            case LineKind.TEXT:
                self._text(line, pieces)
            case LineKind.ITEM:
                self._item(line, pieces)
            case LineKind.HEADING:
                self._heading(line, pieces)
            case LineKind.UNDERLINE:
                self._underline(line, pieces)
            case LineKind.ROW:
                self._row(line, pieces)
            case LineKind.FENCE:
                self._open_fence(line, pieces)
            case LineKind.BLANK:
                self._end_block(pieces)
            case LineKind.RULE:
                self._rule(pieces)

    def _text(self, line: Line, pieces: list[Piece]) -> None:
        if line.quoted and self._block and self._block.kind is not PieceKind.QUOTE:
            self._end_block(pieces)
        if self._block is None:
            self._block = self._new_block(line)
        self._block.append(line.body)
        self._take(pieces, ended=False)

    def _new_block(self, line: Line) -> _Block:
        if line.quoted:
            return _Block(PieceKind.QUOTE, "\n\n> ")
        if self._levels and line.indent >= self._levels[0] + 2:
            self._close_levels(line.indent - 2)
            depth = len(self._levels)
            return _Block(PieceKind.ITEM, f"\n\n{'   ' * depth}", joins=True, depth=depth)
        self._levels.clear()
        return _Block(PieceKind.PARAGRAPH, "\n\n")

    def _item(self, line: Line, pieces: list[Piece]) -> None:
        interrupts = line.number in (None, 1) or self._levels or self._block is None
        if not interrupts:
            marked = Line(LineKind.TEXT, f"{line.number}. {line.body}", line.indent, line.quoted)
            self._text(marked, pieces)
            return
        self._end_block(pieces)
        self._block = self._new_item(line)
        if not self._flowing and (fence := _fence_in(line)):
            self._open_fence(fence, pieces)
            return
        self._block.append(line.body)
        self._take(pieces, ended=False)

    def _new_item(self, line: Line) -> _Block:
        self._close_levels(line.indent)
        if not self._levels or line.indent >= self._levels[-1] + 2:
            self._levels.append(line.indent)
        del self._levels[MAX_DEPTH:]
        depth = len(self._levels)
        marker = "- " if line.number is None else f"{line.number}. "
        gap = "\n" if self._previous is PieceKind.ITEM else "\n\n"
        lead = f"{gap}{'   ' * (depth - 1)}{marker}"
        return _Block(PieceKind.ITEM, lead, number=line.number, depth=depth)

    def _close_levels(self, indent: int) -> None:
        """Forget the lists that are nested deeper than ``indent``, but not the outermost."""
        while len(self._levels) > 1 and indent < self._levels[-1]:
            self._levels.pop()

    def _heading(self, line: Line, pieces: list[Piece]) -> None:
        self._end_block(pieces)
        self._levels.clear()
        self._put_heading(line.body, line.level, pieces)

    def _put_heading(self, title: str, level: int, pieces: list[Piece]) -> None:
        tree = markdown.heading(title, level)
        text = f"{'#' * level} {markdown.to_markdown(tree['children'])}"
        self._put(PieceKind.HEADING, text, "\n\n", tree, pieces)

    def _underline(self, line: Line, pieces: list[Piece]) -> None:
        """A rule under a paragraph of which no sentence is out yet makes it a heading."""
        block = self._block
        if block and block.kind is PieceKind.PARAGRAPH and not block.joins and block.text:
            self._block = None
            self._put_heading(block.text, 1 if line.body[0] == "=" else 2, pieces)
        self._rule(pieces)

    def _rule(self, pieces: list[Piece]) -> None:
        self._end_block(pieces)
        self._levels.clear()

    def _row(self, line: Line, pieces: list[Piece]) -> None:
        self._end_block(pieces)
        if self._in_table:
            self._put_row(line, pieces)
        elif self._header and _is_delimiter(line.body):
            header, self._header, self._in_table = self._header, None, True
            self._put_row(header, pieces, delimiter=line.body)
        else:
            self._drop_header(pieces)
            self._header = line

    def _put_row(self, line: Line, pieces: list[Piece], delimiter: str = "") -> None:
        tree = markdown.row(line.body, header=bool(delimiter))
        cells = " | ".join(markdown.to_markdown(cell).replace("|", "\\|") for cell in tree["cells"])
        text = f"| {cells} |" + (f"\n{delimiter}" if delimiter else "")
        self._put(PieceKind.ROW, text, "\n\n" if delimiter else "\n", tree, pieces)

    def _drop_header(self, pieces: list[Piece]) -> None:
        """No table came after all: the line with the pipes is text."""
        if self._header:
            line, self._header = self._header, None
            self._text(Line(LineKind.TEXT, line.body, line.indent, line.quoted), pieces)
            if self._block:
                self._block.append(" ")

    # ── code ────────────────────────────────────────────────────────────────────────────────

    def _open_fence(self, line: Line, pieces: list[Piece]) -> None:
        lead = self._block.lead if self._block and not self._block.text else "\n\n"
        self._end_block(pieces)
        if self._levels and line.indent < self._levels[0] + 2 and lead == "\n\n":
            self._levels.clear()
        language = line.body.split(maxsplit=1)[0].strip("{}.,") if line.body else ""
        self._fence = _Fence(line.marker, language[:32], line.indent, line.quoted, lead)

    def _code_line(self, fence: _Fence, line: str, pieces: list[Piece]) -> None:
        code = strip_quotes(line) if fence.quoted else line
        if fence.closes(code):
            self._end_fence(pieces, complete=True)
            return
        fence.add(strip_indent(code, fence.indent))
        if fence.size >= MAX_CODE:
            self._put_code(fence, pieces, complete=True)

    def _end_fence(self, pieces: list[Piece], *, complete: bool) -> None:
        fence, self._fence = self._fence, None
        if fence:
            self._put_code(fence, pieces, complete=complete)

    def _put_code(self, fence: _Fence, pieces: list[Piece], *, complete: bool) -> None:
        code = fence.take()
        text = f"{fence.marker}{fence.language}\n{code}\n{fence.marker}"
        tree = markdown.code(code, fence.language)
        self._put(PieceKind.CODE, text, fence.lead, tree, pieces, complete=complete)

    # ── blocks to pieces ────────────────────────────────────────────────────────────────────

    def _end_block(self, pieces: list[Piece]) -> None:
        self._take(pieces, ended=True)
        self._block = None

    def _take(self, pieces: list[Piece], *, ended: bool) -> None:
        block = self._block
        if block is None:
            return
        for sentence, last in block.take(ended=ended):
            self._put_sentence(block, sentence, last, pieces)

    def _put_sentence(self, block: _Block, sentence: str, last: bool, pieces: list[Piece]) -> None:
        text, block.carried = markdown.balance(sentence.strip(), block.carried, last=last)
        tree = block.node(text)
        lead = " " if block.joins and sentence[:1] == " " else block.lead
        if self._put(block.kind, markdown.to_markdown(tree["children"]), lead, tree, pieces):
            block.lead, block.joins = "", True

    def _put(
        self,
        kind: PieceKind,
        text: str,
        lead: str,
        tree: Node,
        pieces: list[Piece],
        *,
        complete: bool = True,
    ) -> bool:
        if markdown.is_empty(tree):
            return False
        first = self._previous is None
        pieces.append(Piece(kind, text, lead.lstrip("\n") if first else lead, tree, complete))
        self._previous = kind
        return True


def _fence_in(item: Line) -> Line | None:
    """The code fence that is all of an item's first line, indented as the item's text."""
    inner = read_line(item.body, whole=True)
    if inner is None or inner.kind is not LineKind.FENCE:
        return None
    width = 2 if item.number is None else len(str(item.number)) + 2
    return replace(inner, indent=item.indent + width, quoted=item.quoted)


def _is_delimiter(row: str) -> bool:
    """Whether the row is the line of dashes under a table's header."""
    return "-" in row and not row.strip("|:- \t")
