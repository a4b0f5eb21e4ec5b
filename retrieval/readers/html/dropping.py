"""What is no text on a page: taken out and told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import Comment
from bs4.element import Tag

from retrieval.readers.html.elements import HEADINGS, LABEL, attribute, plain, remove
from retrieval.readers.source import Dropped

EMBEDDED = ("audio", "canvas", "embed", "form", "iframe", "object", "script", "video")
SILENT = ("button", "input", "link", "meta", "noscript", "select", "style", "template", "textarea")
BACK_LINKS = "a[class*=backref], a.footnote-back, a[role=doc-backlink], a[data-footnote-backref]"
ICON = re.compile(r"\b(?:emoji|twemoji|emojione|icon)\b")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

DEEPEST_NESTING = 80

# All elements of a page stand on its first line: a built page is not what an author edits.
LINE = 1


def take_out(content: Tag) -> tuple[Dropped, ...]:
    """Removes scripts, images, embedded things and what a reader cannot see; says which.

    Tab panels that wait for their tab are seen: they have to be labelled before. Of a checkbox in
    a list its state stays, of an emoji its name.
    """
    _spell_out(content)
    return (*_hidden(content), *_embedded(content), *_images(content))


def flatten(content: Tag) -> None:
    """Elements nested deeper than any page needs become their text, since reading recurses."""
    waiting = [(content, 0)]
    while waiting:
        element, depth = waiting.pop()
        if depth == DEEPEST_NESTING:
            element.string = element.get_text(" ")
        else:
            waiting += [(child, depth + 1) for child in element.find_all(True, recursive=False)]


def _spell_out(content: Tag) -> None:
    for box in content.select("li input[type=checkbox]"):
        box.replace_with("[x] " if box.has_attr("checked") else "[ ] ")
    for image in content("img"):
        if ICON.search(attribute(image, "class")):
            image.replace_with(attribute(image, "alt"))
    for comment in content(string=lambda text: isinstance(text, Comment)):
        comment.extract()


def _hidden(content: Tag) -> Iterator[Dropped]:
    for element in content.find_all(_is_hidden):
        if not element.decomposed:
            if text := plain(element):
                yield Dropped("hidden", LINE, text[:80])
            remove([element])


def _is_hidden(element: Tag) -> bool:
    if element.has_attr(LABEL) or element.name in HEADINGS:
        return False
    return (
        (element.has_attr("hidden") and attribute(element, "hidden") != "until-found")
        or attribute(element, "aria-hidden") == "true"
        or bool(_INVISIBLE.search(attribute(element, "style")))
    )


def _embedded(content: Tag) -> Iterator[Dropped]:
    for element in content.find_all(EMBEDDED):
        if not element.decomposed:
            said = attribute(element, "src") or attribute(element, "title")
            yield Dropped(element.name, LINE, said[:80])
            remove([element])
    # The way back from a footnote: Sphinx makes it of the number, which has to stay.
    signs = (link for link in content.select(BACK_LINKS) if not plain(link).isalnum())
    remove([*content.find_all(SILENT), *signs])


def _images(content: Tag) -> Iterator[Dropped]:
    """Pictures with their alternative text; a drawing without words is an icon."""
    for image in content.find_all(["img", "svg"]):
        if not image.decomposed:
            if image.name == "img" or plain(image):
                yield Dropped("image", LINE, attribute(image, "alt") or plain(image)[:80])
            remove([image])
