"""Sections into chunks: the units that are embedded, searched, judged against and cited.

A chunk never crosses a section. Blocks stay whole while they fit; prose that announces the next
block ("Run this command:") moves with it. Code and tables are marked inside the text, code with
its fence, so that a passage reads as Markdown and its code can be told from its prose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from retrieval.identifiers import with_parts
from retrieval.passages import Block, Kind, SectionText

# About 220 word pieces of English: the encoder reads 256, and its heading path comes first.
MAX_CHARACTERS = 1000
# A block longer than this is split at its line ends; a shorter one is kept whole at any price.
MAX_BLOCK_CHARACTERS = 6000


@dataclass(frozen=True, slots=True)
class ChunkText:
    """A chunk before it has a row. ``key`` depends on its place and text alone."""

    key: str
    section: SectionText
    kind: Kind
    text: str


def chunk_sections(sections: Iterable[SectionText]) -> Iterator[ChunkText]:
    """The chunks of the sections in reading order, their keys unique among them."""
    seen: Counter[str] = Counter()
    for section in sections:
        for blocks in _packed(section.blocks):
            text = "\n\n".join(blocks_as_text(blocks))
            digest = _digest(section, text)
            key = digest if not seen[digest] else _hash(digest, str(seen[digest]))
            seen[digest] += 1
            yield ChunkText(key, section, _main_kind(blocks), text)


def search_text(heading_path: Iterable[str], text: str) -> str:
    """What is embedded: the heading path gives a bare section its subject."""
    return f"{' › '.join(heading_path)}\n{text}"


def lexical_text(heading_path: Iterable[str], text: str) -> str:
    """What is indexed by its words: the same, and the parts of its identifiers."""
    return with_parts(search_text(heading_path, text))


def blocks_as_text(blocks: Iterable[Block]) -> Iterator[str]:
    """Each block as Markdown; a label is named once, where it begins."""
    label = ""
    for block in blocks:
        text = _marked(block)
        yield f"{block.label}:\n{text}" if block.label and block.label != label else text
        label = block.label


def _marked(block: Block) -> str:
    if block.kind is not Kind.CODE:
        return block.text
    fence = "```"
    while fence in block.text:
        fence += "`"
    return f"{fence}{block.language}\n{block.text}\n{fence}"


def _packed(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks grouped so that each group fits, a lead-in kept with what it announces."""
    group: list[Block] = []
    size = 0
    for unit in _units(part for block in blocks for part in _split(block)):
        length = sum(len(block.text) for block in unit)
        if group and size + length > MAX_CHARACTERS:
            yield group
            group, size = [], 0
        group.extend(unit)
        size += length
    if group:
        yield group


def _units(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks that must not be parted: a lead-in ending in a colon and the block after it."""
    held: list[Block] = []
    for block in blocks:
        held.append(block)
        if block.kind is Kind.PROSE and block.text.rstrip().endswith(":") and len(held) < 3:
            continue
        yield held
        held = []
    if held:
        yield held


def _split(block: Block) -> Iterator[Block]:
    """The block itself, or its parts at line ends when it is too long to stay whole."""
    limit = MAX_CHARACTERS if block.kind is Kind.PROSE else MAX_BLOCK_CHARACTERS
    if len(block.text) <= limit:
        yield block
        return
    for text in _line_groups(block.text, limit):
        yield Block(block.kind, text, block.language, block.label)


def _line_groups(text: str, limit: int) -> Iterator[str]:
    group = ""
    for line in text.splitlines(keepends=True):
        for piece in _within(line, limit):
            if group and len(group) + len(piece) > limit:
                yield group.strip("\n")
                group = ""
            group += piece
    if group.strip():
        yield group.strip("\n")


def _within(line: str, limit: int) -> Iterator[str]:
    """A line cut after sentence ends (else spaces, else anywhere) into parts within the limit."""
    while len(line) > limit:
        cut = max(line.rfind(mark, 0, limit) + len(mark) for mark in (". ", "? ", "! ", "。"))
        if cut < limit // 3:
            cut = line.rfind(" ", 0, limit) + 1 or limit
        yield line[:cut]
        line = line[cut:]
    yield line


def _main_kind(blocks: list[Block]) -> Kind:
    """The kind that holds most of the characters."""
    sizes: Counter[Kind] = Counter()
    for block in blocks:
        sizes[block.kind] += len(block.text)
    return sizes.most_common(1)[0][0]


def _digest(section: SectionText, text: str) -> str:
    return _hash(section.path, section.anchor, *section.heading_path, text)


def _hash(*parts: str) -> str:
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
