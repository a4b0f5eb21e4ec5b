"""Pages of an earlier ingest are taken again exactly when reading them would give the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval import rereading
from retrieval.errors import SourceError
from retrieval.fidelity import report_of
from retrieval.readers import Page, Selection, open_source
from retrieval.rereading import reread_pages
from tests.files import write

SPHINX = {
    "conf.py": "project = 'Robots'\nrst_epilog = open('links.inc').read()\n"
    "macros = {'DISTRO': 'rolling'}\nexclude_patterns = ['parts']\n",
    "links.inc": ".. |bot| replace:: the robot\n",
    "index.rst": "Robots\n======\n\n.. toctree::\n\n   drive\n   steer\n   halt\n",
    "drive.rst": "Driving |bot| on {DISTRO}\n=======\n\nSee :doc:`steer` and :ref:`brakes`.\n\n"
    ".. include:: parts/warning.txt\n",
    "steer.rst": "Steering\n========\n\n.. literalinclude:: code/steer.py\n\n"
    ".. image:: wheel.png\n",
    "halt.rst": "Halting\n=======\n\n.. _brakes:\n\nThe brakes\n----------\n\nThey stop it.\n",
    "lone.rst": "Alone\n=====\n\n.. literalinclude:: code/none.py\n",
    "parts/warning.txt": "Mind :ref:`the walls <brakes>`.\n\n.. include:: /parts/more.txt\n",
    "parts/more.txt": "Mind the stairs.\n",
    "code/steer.py": "steer(90)\n",
}
MKDOCS = {
    "mkdocs.yml": "site_name: Robots\nnav: [{Start: index.md}]\n"
    "markdown_extensions: [pymdownx.snippets]\n",
    "docs/index.md": '# Robots\n\n--8<-- "parts/warning.md"\n',
    "docs/drive.md": "# Driving\n\nForward.\n\n{* code/drive.py *}\n",
    "parts/warning.md": "Mind the walls.\n",
    "code/drive.py": "drive(1)\n",
}
MDBOOK = {
    "book.toml": "[book]\ntitle = 'Robots'\n",
    "src/SUMMARY.md": "- [Driving](drive.md)\n- [Steering](steer.md)\n- [None](none.md)\n",
    "src/drive.md": "# Driving\n\n{{#include ../code/drive.py}}\n",
    "src/steer.md": "# Steering\n\nLeft.\n",
    "code/drive.py": "drive(1)\n",
}
JUPYTER = {
    "_toc.yml": "format: jb-book\nroot: index\nchapters:\n  - file: drive\n",
    "_config.yml": "title: Robots\n",
    "index.md": "# Robots\n\nSee {doc}`drive` and [this](drive.md).\n",
    "drive.md": "# Driving\n\n```{include} parts/warning.txt\n```\n",
    "parts/warning.txt": "Mind the walls.\n",
}
BOOKS = {"sphinx": SPHINX, "mkdocs": MKDOCS, "mdbook": MDBOOK, "notebook": JUPYTER}

pytestmark = pytest.mark.usefixtures("data_folder")


class Book:
    """A book's folder that is read again and again; ``read`` names the pages read last time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.read: list[str] = []

    def pages(self) -> list[Page]:
        """The pages, taken from the last reading where that is possible."""
        source = open_source(self.root).source
        read = source.read
        self.read = []

        def noted(path: str) -> Page:
            self.read.append(path)
            return read(path)

        source.read = noted  # type: ignore[method-assign]
        return reread_pages("robots", source, source.paths(Selection()), lambda _: None)

    def fresh(self) -> list[Page]:
        """The pages as whoever never read the book before reads them."""
        source = open_source(self.root).source
        return [source.read(path) for path in source.paths(Selection())]

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        (self.root / name).write_text(text.replace(old, new))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """The Sphinx book, read once."""
    book = Book(write(tmp_path / "book", SPHINX))
    book.pages()
    return book


def kept(data_folder: Path) -> Path:
    return data_folder / "pages" / "robots.jsonl"


def test_the_first_time_every_page_is_read_and_then_none(tmp_path: Path) -> None:
    book = Book(write(tmp_path / "book", SPHINX))
    first = book.pages()
    assert sorted(book.read) == [
        "drive.rst",
        "halt.rst",
        "index.rst",
        "lone.rst",
        "steer.rst",
    ]
    assert book.pages() == first == book.fresh()
    assert book.read == []


@pytest.mark.parametrize(
    ("file", "old", "new", "read"),
    [
        ("steer.rst", ".. image:: wheel.png", "It turns.", ["steer.rst"]),
        ("code/steer.py", "90", "45", ["steer.rst"]),
        ("parts/warning.txt", "Mind", "Heed", ["drive.rst"]),
        ("parts/more.txt", "stairs", "cliffs", ["drive.rst"]),
        ("steer.rst", "Steering\n========", "Turning!\n========", ["drive.rst", "steer.rst"]),
        ("halt.rst", "The brakes", "Both brakes", ["drive.rst", "halt.rst"]),
        ("halt.rst", "_brakes", "_pedals", ["drive.rst", "halt.rst"]),
        ("halt.rst", "They stop it", "They halt it", ["halt.rst"]),
        ("index.rst", "   halt\n", "", ["index.rst"]),
        ("links.inc", "the robot", "a robot", ["drive", "halt", "index", "lone", "steer"]),
        ("conf.py", "rolling", "jazzy", ["drive", "halt", "index", "lone", "steer"]),
    ],
)
def test_only_what_depends_on_a_change_is_read_again(
    book: Book, file: str, old: str, new: str, read: list[str]
) -> None:
    book.change(file, old, new)
    assert book.pages() == book.fresh()
    assert [path.removesuffix(".rst") for path in sorted(book.read)] == [
        path.removesuffix(".rst") for path in read
    ]


def test_a_file_that_was_missing_counts_when_it_comes(book: Book) -> None:
    write(book.root, {"code/none.py": "alone()\n"})
    assert book.pages() == book.fresh()
    assert book.read == ["lone.rst"]


def test_a_link_that_leads_elsewhere_counts_though_its_file_is_the_same(book: Book) -> None:
    write(book.root, {"code/two.py": "steer(90)\n"})
    (book.root / "code/steer.py").unlink()
    (book.root / "code/steer.py").symlink_to("two.py")
    book.pages()
    assert book.read == ["steer.rst"]


def test_a_page_that_comes_or_goes_counts_for_those_that_name_it(book: Book) -> None:
    (book.root / "steer.rst").unlink()
    assert book.pages() == book.fresh()
    assert book.read == ["drive.rst"]
    write(book.root, {"steer.rst": SPHINX["steer.rst"]})
    assert book.pages() == book.fresh()
    assert sorted(book.read) == ["drive.rst", "steer.rst"]


def test_changed_code_reads_every_page_again(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "code", lambda: "another state of the code")
    assert book.pages() == book.fresh()
    assert len(book.read) == 5


def test_neither_the_place_nor_the_times_of_the_files_count(book: Book, tmp_path: Path) -> None:
    pages = book.pages()
    moved = Book(
        Path(shutil.copytree(book.root, tmp_path / "elsewhere", copy_function=shutil.copy))
    )
    assert moved.pages() == pages
    assert moved.read == []


@pytest.mark.parametrize(
    ("name", "file"), [(name, file) for name, files in BOOKS.items() for file in files]
)
@pytest.mark.parametrize("change", ["grown", "gone"])
def test_whatever_file_changes_the_pages_are_those_of_a_first_reading(
    tmp_path: Path, name: str, file: str, change: str
) -> None:
    book = Book(write(tmp_path / "book", BOOKS[name]))
    before = book.pages()
    if change == "gone":
        (book.root / file).unlink()
    else:
        with (book.root / file).open("a") as opened:
            opened.write("\n# A further line\n")
    assert outcome(book.pages) == outcome(book.fresh)
    write(book.root, BOOKS[name])
    assert book.pages() == before


def outcome(read: Callable[[], list[Page]]) -> list[Page] | str:
    """What came of reading: pages, or the error."""
    try:
        return read()
    except SourceError as error:
        return str(error)


@pytest.mark.parametrize("name", BOOKS)
def test_every_format_reads_only_the_changed_page(tmp_path: Path, name: str) -> None:
    book = Book(write(tmp_path / "book", BOOKS[name]))
    *_, changed = (page.path for page in book.pages() if page.sections)
    file = next(book.root.rglob(changed))
    file.write_text(file.read_text() + "\nA further line.\n")
    assert book.pages() == book.fresh()
    assert book.read == [changed]


def test_the_fidelity_report_is_the_same(book: Book) -> None:
    fresh = report_of(book.fresh(), book.root)
    assert report_of(book.pages(), book.root) == fresh
    assert book.read == []
    assert {"image", "missing file"} <= fresh["dropped"].keys()


def damage_end(content: bytes) -> bytes:
    return content[:-20]


def damage_word(content: bytes) -> bytes:
    return content.replace(b"They stop it", b"They spot it")


@pytest.mark.parametrize(
    "damage",
    [damage_end, damage_word, lambda _: b"", lambda _: b"\xff\0", lambda content: content[40:]],
)
def test_a_damaged_file_costs_only_time(
    book: Book, data_folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    content = kept(data_folder).read_bytes()
    kept(data_folder).write_bytes(damage(content))
    assert kept(data_folder).read_bytes() != content
    assert book.pages() == book.fresh()
    assert book.read
    assert kept(data_folder).read_bytes() == content


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, data_folder: Path) -> None:
    (data_folder / "pages").write_text("in the way")
    book = Book(write(tmp_path / "book", SPHINX))
    assert book.pages() == book.pages() == book.fresh()
    assert len(book.read) == 5


def test_only_the_last_pages_are_kept_and_nothing_of_a_killed_ingest(
    book: Book, data_folder: Path
) -> None:
    (kept(data_folder).parent / "robots.jsonl.0123").write_text("half")
    book.change("index.rst", "   halt\n", "")
    (book.root / "halt.rst").unlink()
    book.pages()
    assert list(kept(data_folder).parent.iterdir()) == [kept(data_folder)]
    assert b"They stop it" not in kept(data_folder).read_bytes()


def test_characters_that_no_file_holds_are_kept(tmp_path: Path) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "# A \ud800"}
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    book = Book(write(tmp_path / "book", {"a.ipynb": notebook}))
    assert book.pages() == book.pages() == book.fresh()
    assert book.read == []
