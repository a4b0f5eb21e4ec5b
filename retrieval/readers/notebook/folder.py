"""A folder of notebooks without a book's settings, or a single notebook."""

from __future__ import annotations

import re

from retrieval.readers.sphinx.conf import Conf, Markup
from retrieval.readers.sphinx.pages import BookPages

SYNTAX = {"enable_extensions": ["amsmath", "dollarmath", "strikethrough", "tasklist"]}


class NotebookFolder:
    """Notebooks by name."""

    title = ""

    def __init__(self) -> None:
        self.conf = Conf(markups={".ipynb": Markup.NOTEBOOK}, myst=SYNTAX)

    def urls(self, pages: BookPages) -> dict[str, str]:
        """The notebooks in the order of their names, with the addresses that nbconvert gives."""
        ordered = sorted(pages.pages, key=_by_number)
        return {path: f"{self.conf.without_suffix(path)}.html" for path in ordered}


def _by_number(path: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
