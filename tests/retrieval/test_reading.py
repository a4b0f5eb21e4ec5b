"""Pages read by several processes are the same, in the same order, with the same errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval import reading
from retrieval.errors import SourceError
from retrieval.readers import Selection, Source, open_source
from retrieval.reading import read_pages

PAGES = 12

SLOW_READER = r"""
import os, time, types
from retrieval import reading
from retrieval.readers import Page

reading.FEWEST_PAGES, reading._processes = 2, lambda: 3

def read(path):
    os.write(1, b"%d\n" % os.getpid())
    time.sleep(0.02)
    return Page(path, path, "x" * 100_000, (), 0)

def kill_me(done):
    if done == 6:
        os.kill(os.getpid(), 9)

reading.read_pages(types.SimpleNamespace(read=read), ["page"] * 2_000, kill_me)
"""


def children() -> set[str]:
    """Ids of the processes that this thread started, those included that nobody waited for."""
    return set(Path("/proc/thread-self/children").read_text().split())


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A book that is just large enough for three processes."""
    (tmp_path / "conf.py").write_text("project = 'Robots'\n")
    for number in range(PAGES):
        text = f"Page {number}\n=======\n\nAs :doc:`page{(number + 1) % PAGES}` says.\n"
        (tmp_path / f"page{number}.rst").write_text(text)
    monkeypatch.setattr(reading, "FEWEST_PAGES", PAGES)
    monkeypatch.setattr(reading, "_processes", lambda: 3)
    return open_source(tmp_path).source


def test_the_pages_come_in_their_order_and_are_those_that_one_process_reads(
    source: Source,
) -> None:
    paths = source.paths(Selection())
    assert read_pages(source, paths, lambda _: None) == [source.read(path) for path in paths]


def test_other_processes_read_where_there_are_many_pages(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = source.paths(Selection())
    readers: list[str] = []
    monkeypatch.setattr(type(source), "read", lambda *_: readers.append("here"))
    read_pages(source, paths[:-1], lambda _: None)
    assert len(readers) == PAGES - 1, "too few pages for a process of their own"
    monkeypatch.undo()
    assert reading._read_by_several(source, paths, lambda _: None).keys() == set(range(PAGES))


def test_every_page_is_counted_once(source: Source) -> None:
    counts: list[int] = []
    read_pages(source, source.paths(Selection()), counts.append)
    assert counts == [*range(1, PAGES + 1), PAGES]


def test_the_first_page_that_cannot_be_read_is_told(source: Source, tmp_path: Path) -> None:
    paths = source.paths(Selection())
    for path in (paths[3], paths[4], paths[10]):
        (tmp_path / path).write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SourceError, match=paths[3]):
        read_pages(source, paths, lambda _: None)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_an_interrupted_reading_leaves_no_process(source: Source) -> None:
    def interrupt(done: int) -> None:
        raise KeyboardInterrupt

    before = children()  # servers that other tests keep running
    with pytest.raises(KeyboardInterrupt):
        read_pages(source, source.paths(Selection()), interrupt)
    assert children() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_the_processes_end_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(SLOW_READER)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    # Every process holds the output: there is no end of it before all of them have ended.
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert len(set(done.stdout.split())) == 3
