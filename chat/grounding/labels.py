"""The tabs and commands of a passage, and what stands under each.

A tab's label is a short line that ends in a colon, beside others in its passage ("Linux:"); a
command's is a heading whose words begin a line of code below it ("8 ros2 topic hz").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from chat.grounding.lexicon import words

MAX_TAB_WORDS: Final = 3

_NO_TABS: Final = words(
    "note tip hint warning danger caution info example examples usage syntax input output result "
    "results where then contents arguments parameters options returns or and"
)
_TAB = re.compile(r"[*_\s]*([^\W\d][\w+#./ -]*?)[*_\s]*:[*_\s]*")
_NUMBERING = re.compile(r"^[\d.]+\s+")


class Label(NamedTuple):
    """What a part of a passage is about; an empty ``name`` for all that stands under none."""

    name: str = ""
    is_tab: bool = False


def read_labels(
    title: str, texts: Sequence[tuple[str, bool]], code: Sequence[str]
) -> Iterator[Label]:
    """For each text of a passage (and whether it is code) the label that it stands under.

    ``title`` is the passage's heading, ``code`` its lines of code.
    """
    tabs = ["" if is_code else _tab(text) for text, is_code in texts]
    tabbed = len(set(filter(None, tabs))) > 1
    label = Label(_command(title, code))
    for (text, is_code), tab in zip(texts, tabs, strict=True):
        if tabbed and tab:
            label = Label(tab, is_tab=True)
        elif not is_code and (command := _command(text, code)):
            label = Label(command)
        yield label


def begins(line: str, command: str) -> bool:
    """Whether the line of code is the command, with or without more arguments."""
    return line == command or line.startswith(f"{command} ")


def _tab(text: str) -> str:
    found = _TAB.fullmatch(text)
    name = found.group(1) if found else ""
    is_tab = len(name.split()) <= MAX_TAB_WORDS and name.lower() not in _NO_TABS
    return name if is_tab else ""


def _command(heading: str, code: Sequence[str]) -> str:
    """The heading without its number and marks, if it is a command that is shown below."""
    bare = _NUMBERING.sub("", heading.strip("# ")).replace("`", "").strip()
    return bare if " " in bare and any(begins(line, bare) for line in code) else ""
