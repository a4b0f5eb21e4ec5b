"""A folder of notebooks without a book's settings, or a single notebook."""

from __future__ import annotations

from retrieval.readers.notebook.order import natural_key
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
        ordered = sorted(pages.pages, key=natural_key)
        return {path: f"{self.conf.without_suffix(path)}.html" for path in ordered}
