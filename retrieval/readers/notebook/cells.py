"""Reads a notebook file into its cells, whatever version of the format it was saved in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode, converter, reader

from retrieval.errors import SourceError
from retrieval.readers.notebook.metadata import kernel_language, tags_in

FORMAT = 4


@dataclass(frozen=True)
class Cell:
    """One cell: ``kind`` is "markdown", "code" or "raw"; ``outputs`` are as nbformat has them."""

    kind: str
    source: str
    tags: frozenset[str] = frozenset()
    outputs: Sequence[Mapping[str, Any]] = ()
    attachments: Sequence[str] = ()


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook in order and the language of its code ("" when nobody said)."""

    language: str
    cells: tuple[Cell, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prose(self) -> str:
        """The Markdown of all cells as one text."""
        return "\n\n".join(cell.source for cell in self.cells if cell.kind == "markdown")


def read_notebook(text: str, path: str) -> Notebook:
    """The notebook in the text of the file at ``path``; older formats are upgraded.

    Raises ``SourceError`` when the text is no notebook: damaged JSON, or JSON of something else.
    """
    try:
        # nbformat.reads would validate as well, and write what it finds to the terminal.
        notebook = converter.convert(reader.reads(text), FORMAT)  # type: ignore[no-untyped-call]
        cells = tuple(_cell(cell) for cell in notebook["cells"])
    except RecursionError:
        raise
    except Exception as error:  # nbformat raises whatever the damage happens to cause
        cause = str(error).partition("\n")[0][:200]
        raise SourceError(
            f"{path} is no readable notebook: {cause}", "Open it in Jupyter and save it again."
        ) from error
    metadata = notebook.get("metadata") or {}
    return Notebook(kernel_language(metadata), cells, metadata)


def _cell(cell: NotebookNode) -> Cell:
    metadata = cell.get("metadata") or {}
    tags = tags_in(list(metadata.get("tags") or ()))
    if metadata.get("nbsphinx") == "hidden":
        tags |= {"remove-cell"}
    return Cell(
        kind=str(cell["cell_type"]),
        source=_joined(cell.get("source", "")),
        tags=tags,
        outputs=tuple(cell.get("outputs") or ()),
        attachments=tuple(cell.get("attachments") or ()),
    )


def _joined(source: str | Sequence[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
