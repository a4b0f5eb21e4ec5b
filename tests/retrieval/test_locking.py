"""Two ingests of one book at once, as processes: the second is refused, the first goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.servers import ROOT, environment_for, manage
from tests.books import write_book
from tests.databases import empty_database, postgres_database

# An ingest that tells each step of its progress and waits for a line before it goes on.
STEPPING = """
import sys
import django
django.setup()
from retrieval.ingest import ingest
from retrieval.manifest import Manifest

def step(phase, done, total):
    print(phase, flush=True)
    sys.stdin.readline()

print(ingest("robots", sys.argv[1], Manifest(), step).edition, flush=True)
"""


@contextmanager
def stepping(source: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", STEPPING, str(source)],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "ragbook.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ingest_beside(source: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "ingest_book", str(source), "--book", "robots"]
    return subprocess.run(
        command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )


def check_turns(source: Path, first: Mapping[str, str], second: Mapping[str, str]) -> None:
    """The second is refused while the first is at work, and admitted once that was killed."""
    with stepping(source, first) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Reading\n"
        refused = ingest_beside(source, second)
        assert refused.returncode == 2
        assert "Another ingest of robots is running. Wait until it has finished." in refused.stderr
        process.kill()
        process.wait()
    admitted = ingest_beside(source, second)
    assert "robots: edition 1 is live" in admitted.stdout, admitted.stderr


@pytest.mark.database
def test_the_second_ingest_of_a_book_is_refused(tmp_path: Path) -> None:
    with empty_database(tmp_path) as database:
        environment = environment_for(tmp_path, database)
        manage(environment, "migrate", "--verbosity", "0")
        check_turns(write_book(tmp_path / "robots"), environment, environment)


@pytest.mark.postgres
def test_on_postgres_it_is_refused_on_another_machine_too(tmp_path: Path) -> None:
    server = os.environ.get("RAGBOOK_TEST_POSTGRES", "")
    if not server:
        pytest.skip("RAGBOOK_TEST_POSTGRES names no server")
    with postgres_database(server) as database:
        first, second = (environment_for(tmp_path / name, database) for name in ("one", "two"))
        manage(first, "migrate", "--verbosity", "0")
        check_turns(write_book(tmp_path / "robots"), first, second)
