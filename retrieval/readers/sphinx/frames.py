"""Directives that frame text: tabs, notes, figures, and those that nobody knows."""

from __future__ import annotations

import re
from itertools import takewhile

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.states import RSTState
from docutils.statemachine import StringList
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from retrieval.readers.sphinx.directive import PageDirective
from retrieval.readers.sphinx.page import directive_names, labelled

VERSION_NOTES = {
    "versionadded": "New in version {}",
    "version-added": "New in version {}",
    "versionchanged": "Changed in version {}",
    "version-changed": "Changed in version {}",
    "deprecated": "Deprecated since version {}",
    "version-deprecated": "Deprecated since version {}",
    "versionremoved": "Removed in version {}",
    "version-removed": "Removed in version {}",
}
FENCE = re.compile(r"[`~:]{3,}\s*\{[^}]*\}")
WRITTEN = re.compile(r"\.\.[ ]+(?:\|[^|\n]+\|[ ]+)?(?P<name>\w[\w:.+-]*?)[ ]?::(?=\s|$)")


class Transparent(PageDirective):
    """Only a frame for its content; a frame at section level may hold section titles."""

    def run(self) -> list[nodes.Node]:
        return self.parsed(self.content, self.content_offset)

    def parsed(self, content: StringList, offset: int) -> list[nodes.Node]:
        here = self.state_machine.node
        if isinstance(here, (nodes.document, nodes.section)):
            # Parsed in place, so that titles in the content continue the page's own hierarchy.
            self.state.nested_parse(content, offset, here, match_titles=True)
            return []
        return self.framed(content, offset)

    def framed(self, content: StringList, offset: int) -> list[nodes.Node]:
        frame = nodes.container()
        self.state.nested_parse(content, offset, frame)
        return list(frame.children)


class Unknown(Transparent):
    """A directive that nobody here knows: its content is kept as text and it is reported.

    An argument of one word names something (a class, a file, a video); a longer one is text.
    """

    optional_arguments = 0
    option_spec = None  # type: ignore[assignment]

    def run(self) -> list[nodes.Node]:
        content, offset = self.content, self.content_offset
        argument = self._first_line()
        if argument and len(argument.split()) == 1:
            content, offset = content[1:], offset + 1
        for _line in range(_option_lines(content)):
            content, offset = content[1:], offset + 1
        self.page.drop(f"directive:{self.name}", self.source_line, argument)
        if not content:
            return []
        state: object = self.state
        # In Markdown a heading inside any directive but a few is only text that looks like one.
        parse = self.parsed if isinstance(state, RSTState) else self.framed
        return parse(content, offset)

    def _first_line(self) -> str:
        line = self.block_text.partition("\n")[0]
        fence = FENCE.match(line)
        return (line[fence.end() :] if fence else line.partition("::")[2]).strip()


class Labelled(PageDirective):
    """A tab, a card, a drop-down: content under the label that its title gives."""

    def run(self) -> list[nodes.Node]:
        return [self.under(self.plain(self.argument))]

    def under(self, label: str) -> labelled:
        frame = labelled(label=label)
        self.state.nested_parse(self.content, self.content_offset, frame)
        return frame


class CodeTab(PageDirective):
    """``code-tab:: language title``: code under its tab's label."""

    def run(self) -> list[nodes.Node]:
        language, _space, title = self.argument.partition(" ")
        frame = labelled(label=title.strip() or _language_name(language))
        frame += self.code("\n".join(self.content), language)
        return [frame]


class SeeAlso(Labelled):
    """References for further reading; the content may begin on the directive's own line."""

    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        return [self.under("See also")]


class VersionNote(Labelled):
    """What changed in which version; without an explanation the label itself is the text."""

    required_arguments = 1
    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        version, *explanation = self.argument.split(maxsplit=1)
        label = VERSION_NOTES[self.name.lower()].format(version)
        text = explanation[0] if explanation else f"{label}."
        inline, messages = self.state.inline_text(text, self.lineno)
        frame = self.under(label)
        if explanation or not frame.children:
            frame.insert(0, nodes.paragraph("", "", *inline))
        return [frame, *messages]


class Centered(PageDirective):
    """A line of centred text."""

    def run(self) -> list[nodes.Node]:
        inline, messages = self.state.inline_text(self.argument, self.lineno)
        return [nodes.paragraph("", "", *inline), *messages]


class Figure(Transparent):
    """An image that is not text, with a caption and a legend that are."""

    def run(self) -> list[nodes.Node]:
        self.page.drop("figure", self.source_line, self.argument)
        frame = nodes.container()
        self.add_name(frame)
        self.state.nested_parse(self.content, self.content_offset, frame)
        return [frame]


class FigureMarkdown(Transparent):
    """``figure-md`` of MyST: an image and its caption as content, the argument is a label."""

    def run(self) -> list[nodes.Node]:
        frame = nodes.container()
        if self.argument:
            self.options["name"] = self.argument
            self.add_name(frame)
        self.state.nested_parse(self.content, self.content_offset, frame)
        return [frame]


def register_unknown_directives(text: str, document: nodes.document) -> None:
    """Gives every directive that the text uses and nobody knows a meaning: its own content."""
    for name in {match["name"] for match in WRITTEN.finditer(text)}:
        register_if_unknown(name, document)


def register_if_unknown(name: str, document: nodes.document) -> None:
    """Gives the directive a meaning, its own content, unless it has one."""
    if directives.directive(name, directive_names(document), document)[0] is None:
        directives.register_directive(name.lower(), Unknown)


def _option_lines(content: StringList) -> int:
    """How many lines at the start are options: ``:name: value``, or YAML between dashes."""
    lines = list(content)
    if lines and lines[0].startswith("---"):
        end = next((at for at, line in enumerate(lines[1:], 1) if line.startswith("---")), -1)
        return end + 1
    options = takewhile(lambda line: re.match(r":[\w-]+:(\s|$)", line), lines)
    return sum(1 for _option in options)


def _language_name(language: str) -> str:
    try:
        return str(get_lexer_by_name(language).name)
    except ClassNotFound:
        return language
