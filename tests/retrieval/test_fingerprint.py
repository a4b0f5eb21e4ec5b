"""A fingerprint: another one for every change of what is read, and for no other change."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from retrieval.errors import SourceError
from retrieval.fingerprint import fingerprint
from retrieval.manifest import Manifest
from retrieval.readers import open_source
from tests.files import write

CONFIG = """
export default {
  title: 'Robots',
  presets: [['classic', {docs: {path: '../docs', sidebarPath: '../shared/sidebars.js'}}]],
  i18n: {defaultLocale: 'en', locales: ['en', 'ur'], path: '../i18n'},
}
"""


def mark(root: Path, manifest: Manifest | None = None) -> str:
    """The fingerprint of the book as it lies there now."""
    inputs = open_source(root).source.inputs
    return fingerprint(inputs, manifest or Manifest(), "bundled", "en")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository whose Docusaurus site takes its pages from the folder beside it."""
    return write(
        tmp_path / "project",
        {
            "site/docusaurus.config.js": CONFIG,
            "site/snippets/start.py": "rclpy.init()\n",
            "docs/intro.md": "# Intro\n\nNodes talk.\n",
            "shared/sidebars.js": "export default {docs: ['intro']}\n",
            "i18n/ur/docusaurus-plugin-content-docs/current/intro.md": "# Intro\n\nNodes.\n",
            "unread/notes.md": "# Notes\n",
        },
    )


@pytest.mark.parametrize(
    "file",
    [
        "docs/intro.md",
        "shared/sidebars.js",
        "i18n/ur/docusaurus-plugin-content-docs/current/intro.md",
        "site/docusaurus.config.js",
        "site/snippets/start.py",
    ],
)
def test_a_change_outside_the_given_folder_counts_where_the_source_reads_it(
    project: Path, file: str
) -> None:
    before = mark(project / "site")
    with (project / file).open("a") as changed:
        changed.write("\n// More.\n")
    assert mark(project / "site") != before


def test_a_page_that_comes_or_goes_outside_counts(project: Path) -> None:
    before = mark(project / "site")
    write(project, {"docs/more.md": "# More\n"})
    with_more = mark(project / "site")
    (project / "docs/more.md").unlink()
    assert with_more != before == mark(project / "site")


def test_what_the_source_does_not_read_does_not_count(project: Path) -> None:
    before = mark(project / "site")
    write(project, {"unread/notes.md": "# Other notes\n", "site/.git/HEAD": "x", "other.md": "y"})
    assert mark(project / "site") == before


def test_the_place_and_times_of_the_files_do_not_count(project: Path, tmp_path: Path) -> None:
    before = mark(project / "site")
    elsewhere = shutil.copytree(project, tmp_path / "elsewhere")
    os.utime(elsewhere / "docs/intro.md", (0, 0))
    assert mark(elsewhere / "site") == before


def test_settings_count(project: Path) -> None:
    assert mark(project / "site") != mark(project / "site", Manifest(title="Machines"))


def test_pages_behind_a_link_count(project: Path) -> None:
    (project / "site/docs").symlink_to("../docs")
    config = project / "site/docusaurus.config.js"
    config.write_text(config.read_text().replace("path: '../docs'", "path: 'docs'"))
    before = mark(project / "site")
    (project / "docs/intro.md").write_text("# Intro\n\nNodes sing.\n")
    assert mark(project / "site") != before


def test_a_link_to_another_folder_counts_though_both_are_there(tmp_path: Path) -> None:
    pages = {"v1/a.md": "# A\n", "v2/a.md": "# B\n", "docusaurus.config.js": "export default {}\n"}
    root = write(tmp_path, pages)
    (root / "docs").symlink_to("v1")
    before = mark(root)
    (root / "docs").unlink()
    (root / "docs").symlink_to("v2")
    assert mark(root) != before


def test_a_single_notebook_counts_with_what_lies_beside_it(tmp_path: Path) -> None:
    cells = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    root = write(tmp_path, {"lesson.ipynb": cells, "part.md": "One.\n"})
    before = mark(root / "lesson.ipynb")
    (root / "part.md").write_text("Two.\n")
    assert mark(root / "lesson.ipynb") != before


def test_a_single_page_is_hashed_alone(tmp_path: Path) -> None:
    page = "<html><title>A</title><body><h1>A</h1><p>Nodes.</p></body></html>"
    root = write(tmp_path, {"a.html": page, "b.html": page})
    before = mark(root / "a.html")
    (root / "b.html").write_text("other")
    assert mark(root / "a.html") == before
    (root / "a.html").write_text(page.replace("Nodes", "Topics"))
    assert mark(root / "a.html") != before


def test_a_source_without_files_has_none() -> None:
    assert fingerprint((), Manifest(), "bundled", "en") == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_named(project: Path) -> None:
    (project / "docs/intro.md").chmod(0)
    with pytest.raises(SourceError, match=r"intro\.md"):
        mark(project / "site")
