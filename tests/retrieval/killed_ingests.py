"""Kills ingests of a changed book and tells what was found afterwards, as one JSON object a line.

Run as ``python -m tests.retrieval.killed_ingests FOLDER KILLS``. This process only imports; every
ingest is a process forked from it that runs the real command and ends itself with SIGKILL at one of
its system calls or statements: nothing of Python, SQLite or the engine gets to clean up. The points
are of every kind, and spread over all that an undisturbed ingest does.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import django

QUESTION = "Which version of the page on parameters is this?"
COUNTED = {"fcntl.flock", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree"}


def main(folder: Path, kills: int) -> None:
    """Needs the environment of a command, and a database that is migrated."""
    import fastembed  # noqa: F401  (imported once, here, and not in every process)

    from retrieval import ingest, search  # noqa: F401
    from tests.books import write_book

    source = write_book(folder / "robots")
    # Two editions are kept, so that from the third on every ingest also prunes one.
    for version in range(1, 4):
        write_version(source, version)
        steps = list(forked(lambda: ingest_book(source, count=True)))
    before = next(forked(state))
    for kill, step in enumerate(points(steps, kills)):
        write_version(source, 10 + kill)
        end = list(forked(partial(ingest_book, source, kill_at=step)))
        told = {
            "step": f"{step}/{len(steps)} {steps[step]}",
            "killed": end == [-signal.SIGKILL],
            "before": before,
            "after": next(forked(state)),
            "next": next(forked(lambda: [ingest_book(source), state()][1])),
        }
        before = told["next"]
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()


def points(steps: Sequence[str], kills: int) -> list[int]:
    """The last step of each kind, and others that are evenly spread over all steps."""
    last_of_kind = {step.split()[0]: number for number, step in enumerate(steps)}
    chosen = set(last_of_kind.values())
    others = [number for number in range(len(steps)) if number not in chosen]
    more = kills - len(chosen)
    chosen |= {others[n * (len(others) - 1) // max(more - 1, 1)] for n in range(more)}
    return sorted(chosen)


def write_version(source: Path, version: int) -> None:
    text = f"# Parameters\n\nVersion {version} of the page on parameters.\n"
    (source / "docs/parameters.md").write_text(text)


# ── in a process of its own ──────────────────────────────────────────────────────────────────


def forked(work: Callable[[], Any]) -> Iterator[Any]:
    """What the work returns, or the negative number of the signal that ended its process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, json.dumps(work()).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        yield status
    else:
        result = json.loads(told)
        yield from result if isinstance(result, list) else [result]


def ingest_book(source: Path, *, count: bool = False, kill_at: int | None = None) -> Any:
    """Run the command; the names of its steps when they are counted."""
    from django.core.management import call_command

    steps: list[str] = []

    def take(name: str) -> None:
        if len(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        steps.append(name)

    if count or kill_at is not None:
        watch(take)
    call_command("ingest_book", str(source), "--book", "robots", stdout=io.StringIO())
    return steps if count else 0


def watch(take: Callable[[str], None]) -> None:
    """Tell of every file operation, statement and commit before it happens."""
    from django.db import connection

    def statement(execute: Any, sql: str, *rest: Any) -> Any:
        take(sql[:60])
        return execute(sql, *rest)

    commit = connection.commit

    def told_commit() -> None:
        take("COMMIT")
        commit()

    connection.commit = told_commit  # type: ignore[method-assign]
    connection.execute_wrappers.append(statement)
    home = os.environ["RAGBOOK_DATA"]

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in COUNTED or (event == "open" and str(arguments[0]).startswith(home)):
            take(event)

    sys.addaudithook(audit)


def state() -> dict[str, Any]:
    """What a reader finds, and everything that is stored of the book."""
    from django.conf import settings

    from retrieval.models import Chunk, Edition, Section
    from retrieval.search import search

    found = search("robots", QUESTION).passages
    shards = (settings.RAGBOOK_DATA / "index" / "robots").iterdir()
    return {
        "edition": found[0].edition,
        "texts": [passage.text for passage in found],
        "editions": [f"{e.number} {e.state}" for e in Edition.objects.order_by("number")],
        "shards": sorted(path.name for path in shards),
        "rows_of": sorted(
            {*Chunk.objects.values_list("edition__number", flat=True)}
            | {*Section.objects.values_list("edition__number", flat=True)}
        ),
    }


if __name__ == "__main__":
    django.setup()
    main(Path(sys.argv[1]), int(sys.argv[2]))
