"""Real servers for tests and benchmarks: ragbook under daphne or uvicorn, on a free loopback port.

Each server gets a home of its own: a folder with the primer already ingested and, where the tests
run on Postgres, a database of its own. The home is made once a test run and copied.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 240.0  # a busy machine; a server that ends is noticed at once


@dataclass(frozen=True)
class Server:
    """A running server: ``http`` and ``ws`` are its addresses without a trailing slash."""

    http: str
    ws: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(
    template: Path, folder: Path, kind: str = "uvicorn", port: int | str = 0, **variables: str
) -> Iterator[Server]:
    """A server of ``kind`` on a copy of the home ``template``, stopped and cleaned at the end."""
    home = folder / f"home-{uuid.uuid4().hex[:8]}"
    shutil.copytree(template, home)
    with database_of(home) as database_url:
        environment = environment_for(home, database_url) | variables
        with running(kind, home, environment, int(port) or free_port()) as server:
            yield server


@contextmanager
def running(
    kind: str, home: Path, environment: Mapping[str, str], port: int, root: Path = ROOT
) -> Iterator[Server]:
    """A server process on a home as it stands; it is ended, hard if need be, at the end.

    ``root`` is the checkout whose code it runs.
    """
    log = home / f"server-{port}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            _command(kind, port, root), cwd=root, env=dict(environment),
            stdout=output, stderr=output,
        )  # fmt: skip
    address = f"127.0.0.1:{port}"
    server = Server(f"http://{address}", f"ws://{address}", home, log, process, environment)
    try:
        _wait(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def make_home(folder: Path) -> Path:
    """A home with the primer ingested, made by the first process that asks for it."""
    home = folder / "primer-home"
    with (folder / "primer-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            building = folder / "primer-home-building"
            building.mkdir()
            environment = environment_for(building, _sqlite(building))
            manage(environment, "migrate", "--verbosity", "0")
            manage(environment, "ingest_book", "examples/primer", "--book", "primer")
            building.rename(home)
    return home


def manage(environment: Mapping[str, str], *arguments: str, root: Path = ROOT) -> str:
    """Run a management command of the checkout ``root``; its standard output."""
    result = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=root,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def environment_for(home: Path, database_url: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "LANG", "COVERAGE_PROCESS_START", "TMPDIR"}
    }
    return inherited | {
        "RAGBOOK_DATA": str(home),
        "DATABASE_URL": database_url,
        "PYTHONUNBUFFERED": "1",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sqlite(home: Path) -> str:
    return f"sqlite:///{home / 'ragbook.sqlite3'}"


@contextmanager
def database_of(home: Path) -> Iterator[str]:
    """The home's own SQLite file, or a Postgres database filled from it; yields its address."""
    admin_url = os.environ.get("DATABASE_URL", "")
    if not admin_url.startswith("postgres"):
        yield _sqlite(home)
        return
    name = f"server_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{admin_url.rpartition('/')[0]}/{name}"
    try:
        _fill(home, url)
        yield url
    finally:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _fill(home: Path, url: str) -> None:
    dump = home / "dump.json"
    source = environment_for(home, _sqlite(home))
    manage(source, "dumpdata", "retrieval", "--output", str(dump), "--verbosity", "0")
    manage(environment_for(home, url), "migrate", "--verbosity", "0")
    manage(environment_for(home, url), "loaddata", str(dump), "--verbosity", "0")


def _command(kind: str, port: int, root: Path) -> list[str]:
    if kind == "plain":
        return [sys.executable, "-m", "benchmarks.plain_server", "--port", str(port)]
    application = "ragbook.asgi:application"
    if kind == "daphne":
        options = ["-b", "127.0.0.1", "-p", str(port), "--websocket-max-message-size", "65536"]
        return [sys.executable, "-m", "daphne", *options, application]
    options = ["--host", "127.0.0.1", "--port", str(port), "--ws-max-size", "65536"]
    options += ["--ws-per-message-deflate", "false"]  # sentences are small, compressing is not
    lifespan = "on" if root == ROOT else "auto"  # an older version may not know of it
    quiet = ["--log-level", "warning", "--no-access-log", "--lifespan", lifespan]
    return [sys.executable, "-m", "uvicorn", *options, *quiet, application]


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"The server ended at once:\n{server.log_text()}")
        try:
            if httpx2.get(f"{server.http}/api/v1/health/live", timeout=2).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{server.log_text()}")
