"""A disk that is full, files that cannot be read: a clear error, and readers notice nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from benchmarks.servers import ROOT, environment_for, manage
from retrieval.errors import IndexUnavailable, SourceError
from retrieval.index.edge import EdgeIndex
from retrieval.models import Book
from tests.books import ingest_quietly, write_book
from tests.retrieval.factories import book_of

KB, MB = 1 << 10, 1 << 20


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the book as its first edition, and the book's source, since changed."""
    home = tmp_path_factory.mktemp("full")
    source = write_book(home / "robots")
    manage(environment(home), "migrate", "--verbosity", "0")
    manage(environment(home), "ingest_book", str(source), "--book", "robots")
    with (source / "docs/nodes.md").open("a", encoding="utf-8") as page:
        page.write("\nAnother line.\n")
    return home


def environment(home: Path) -> Mapping[str, str]:
    return environment_for(home, f"sqlite:///{home / 'ragbook.sqlite3'}")


def ingest_within(home: Path, most_bytes: int) -> subprocess.CompletedProcess[str]:
    """Ingest in a process whose files may grow no further, which fails as a full disk does."""
    return subprocess.run(
        [sys.executable, "manage.py", "ingest_book", str(home / "robots"), "--book", "robots"],
        cwd=ROOT,
        env=dict(environment(home)),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )


@pytest.mark.parametrize(
    ("most_bytes", "complaint"),
    [
        (16 * KB, "The database refused:"),
        (4 * MB, "The index of robots could not be written:"),
    ],
)
def test_what_cannot_be_written_is_told_and_the_live_edition_stays(
    home: Path, most_bytes: int, complaint: str
) -> None:
    refused = ingest_within(home, most_bytes)
    assert refused.returncode == 2, refused.stderr
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr
    found = manage(environment(home), "search_book", "robots", "How do I list nodes?")
    assert "ros2 node list" in found
    assert "Another line." not in found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, where this user may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.django_db
def test_an_index_is_not_begun_where_it_has_no_room(small_disk: Path) -> None:
    """The engine maps its files: a disk that fills up meanwhile would end the process."""
    edition = book_of("robots", {"a.md": {"A": "Text."}})
    with pytest.raises(IndexUnavailable, match=r"needs about \d+ MB, and 2 MB are free"):
        EdgeIndex(small_disk / "index").build(edition, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("target", ["/proc/self/mem", "missing.md"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, target: str) -> None:
    source = write_book(tmp_path / "robots")
    ingest_quietly(source)
    (source / "docs/broken.md").symlink_to(target)
    if target.startswith("/"):
        with pytest.raises(SourceError, match=r"broken\.md cannot be read"):
            ingest_quietly(source)
    else:
        assert not ingest_quietly(source).changed
    live = Book.objects.select_related("live").get().live
    assert live is not None
    assert live.number == 1
