"""The pages of a source, read one after the other, or by several processes where there are many."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait

from retrieval.readers import Page, Source

FEWEST_PAGES = 64
"""From how many pages on it is worth while to start processes."""
MOST_PROCESSES = 4
"""Each may come to hold as much as the book's index of titles and labels."""


def read_pages(source: Source, paths: Sequence[str], seen: Callable[[int], None]) -> list[Page]:
    """The pages at ``paths`` in their order; ``seen`` is told how many are read.

    Raises ``SourceError`` and ``OSError`` for the first page in the order that cannot be read.
    """
    read = _read_by_several(source, paths, seen) if _is_worth_while(paths) else {}
    pages = []
    for number, path in enumerate(paths):
        if number not in read:
            seen(number)
        # What a process did not send is read here, where its error can be told.
        pages.append(read.get(number) or source.read(path))
    seen(len(paths))
    return pages


def _is_worth_while(paths: Sequence[str]) -> bool:
    """Only Linux forks safely: a process that was started afresh would read the titles again."""
    return sys.platform == "linux" and len(paths) >= FEWEST_PAGES and _processes() > 1


def _processes() -> int:
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


def _read_by_several(
    source: Source, paths: Sequence[str], seen: Callable[[int], None]
) -> dict[int, Page]:
    """Pages by their place in ``paths``; those that a process failed at or after are missing."""
    read: dict[int, Page] = {}
    with _reading(source, paths) as connections:
        while connections:
            for connection in wait(connections):
                assert isinstance(connection, Connection)
                try:
                    number, page = connection.recv()
                except (EOFError, OSError):
                    connections.remove(connection)
                else:
                    read[number] = page
                    seen(len(read))
    return read


@contextmanager
def _reading(source: Source, paths: Sequence[str]) -> Iterator[list[Connection]]:
    """What the processes write into; the processes have ended afterwards."""
    context = multiprocessing.get_context("fork")
    started, connections = [], []
    for first in range(_processes()):
        receiver, sender = context.Pipe(duplex=False)
        connections.append(receiver)
        numbers = range(first, len(paths), _processes())
        task = (source, paths, numbers, sender, connections)
        process = context.Process(target=_send, args=task, daemon=True)
        process.start()
        sender.close()  # the process alone holds it, so that its end is the pipe's
        started.append(process)
    try:
        yield list(connections)
    finally:
        for connection in connections:
            connection.close()
        for process in started:
            process.terminate()
            process.join()


def _send(
    source: Source,
    paths: Sequence[str],
    numbers: range,
    sender: Connection,
    inherited: Sequence[Connection],
) -> None:
    """Read these pages and send each with its number, until one fails or nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started it is interrupted as well
    for receiver in inherited:
        receiver.close()  # else a pipe whose reader was killed would never break
    with suppress(Exception):
        for number in numbers:
            sender.send((number, source.read(paths[number])))
