"""The id that MkDocs gives to each heading of a page.

Source of the rules: Python-Markdown 3.11, ``extensions.toc``; pymdown-extensions 13, ``slugs``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Literal
from urllib.parse import quote

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from retrieval.readers.mkdocs.config import Config, Tagged

Slugify = Callable[[str], str]

# The named slugs of earlier pymdown-extensions, as what its one configurable slug is told.
OLD_SLUGS: Mapping[str, Mapping[str, Any]] = {
    "uslugify": {"case": "lower"},
    "uslugify_encoded": {"case": "lower", "percent_encode": True},
    "uslugify_cased": {},
    "uslugify_cased_encoded": {"percent_encode": True},
    "gfm": {"case": "lower-ascii"},
    "gfm_encoded": {"case": "lower-ascii", "percent_encode": True},
}
CASES: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "fold": str.casefold,
    "lower-ascii": lambda text: re.sub("[A-Z]", lambda letter: letter[0].lower(), text),
}
PYMDOWNX_OPTIONS: Mapping[str, Sequence[Any]] = {
    "case": tuple(CASES),
    "percent_encode": (True,),
    "normalize": ("NFC", "NFD", "NFKC", "NFKD"),
}
TEXTS = frozenset(
    {"text", "text_special", "code_inline", "softbreak", "hardbreak", "math_inline"}
    | {"math_inline_double"}
)

_TAGS = re.compile(r"</?[^>]*>")
_COUNTED = re.compile(r"(?P<base>.*)_(?P<count>[0-9]+)")


def set_heading_anchors(tokens: Sequence[Token], slugify: Slugify | None, ids: set[str]) -> None:
    """Put each heading's id into ``meta["anchor"]``.

    ``meta["id"]`` is one that the heading states itself; all others are slugs of its text, unique
    beside those and ``ids``, the ids of other elements of the page. Without a ``slugify`` such
    headings have no anchor: the top of the page is cited rather than a place that is not there.
    """
    headings = [token for token in tokens if token.type == "heading_open"]
    used = ids | {heading.meta["id"] for heading in headings if heading.meta["id"]}
    for heading in headings:
        stated = heading.meta["id"]
        if not stated and slugify:
            stated = _unique(slugify(heading.meta["text"]), used)
        heading.meta["anchor"] = stated


def keep_heading_texts(state: StateCore) -> None:
    """Put the text that a heading's slug is made from into ``meta["text"]``.

    It has to be told before what looks like a tag and is none (``<user>``) becomes text.
    """
    for opening, inline in pairwise(state.tokens):
        if opening.type == "heading_open":
            opening.meta["text"] = _text(inline.children or [])


def configured_slugify(config: Config) -> Slugify | None:
    """The slug that ``toc`` is configured to make; ``None`` for a function of the site's own."""
    stated = config.option("toc", "slugify")
    stated_separator = config.option("toc", "separator")
    separator = stated_separator if isinstance(stated_separator, str) else "-"
    if not isinstance(stated, Tagged):
        return partial(slug, separator=separator)
    function = stated.tag.rpartition(":")[2]
    if function == "markdown.extensions.toc.slugify_unicode":
        return partial(slug, separator=separator, ascii_only=False)
    options = _pymdownx_options(function, stated.value)
    return None if options is None else partial(pymdownx_slug, separator=separator, **options)


def _pymdownx_options(function: str, value: Any) -> Mapping[str, Any] | None:
    module, _, name = function.rpartition(".")
    if module != "pymdownx.slugs":
        return None
    if name != "slugify":
        return OLD_SLUGS.get(name)
    stated = value.get("kwds") if isinstance(value, dict) else None
    known = stated.items() if isinstance(stated, dict) else ()
    return {name: value for name, value in known if value in PYMDOWNX_OPTIONS.get(name, ())}


def slug(text: str, separator: str = "-", *, ascii_only: bool = True) -> str:
    """Python-Markdown's slug of a text; by default accents are lost, and other scripts."""
    if ascii_only:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    kept = re.sub(r"[^\w\s-]", "", text).strip().lower()
    return re.sub(rf"[{re.escape(separator)}\s]+", separator, kept)


def pymdownx_slug(
    text: str,
    separator: str = "-",
    *,
    case: str = "none",
    percent_encode: bool = False,
    normalize: Literal["NFC", "NFD", "NFKC", "NFKD"] = "NFC",
) -> str:
    """The slug of ``pymdownx.slugs.slugify`` with the options of that name."""
    plain = _TAGS.sub("", unicodedata.normalize(normalize, text)).strip()
    cased = CASES[case](plain) if case in CASES else plain
    found = re.sub(r"[^\w\- ]", "", cased).replace(" ", separator)
    return quote(found) if percent_encode else found


def _unique(identifier: str, used: set[str]) -> str:
    """The id, or its first variant ``_1``, ``_2`` … that is not yet used; it is then."""
    unique = identifier
    if identifier in used or not identifier:
        match = _COUNTED.fullmatch(identifier)
        base, count = (match["base"], int(match["count"])) if match else (identifier, 0)
        while f"{base}_{(count := count + 1)}" in used:
            pass
        unique = f"{base}_{count}"
    used.add(unique)
    return unique


def _text(children: Iterable[Token]) -> str:
    """A text without images, icons and whatever looks like a tag."""
    parts = (
        " " if token.type.endswith("break") else token.content
        for token in children
        if token.type in TEXTS
    )
    return " ".join("".join(parts).split())
