"""A new version's migrations run while the version before serves, and readers notice nothing.

The version before is the last tag, or what stood before the newest migration. Two checkouts and two
servers take their time: ``make chaos`` runs this.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from benchmarks.servers import ROOT, Server, environment_for, free_port, manage, running
from tests.books import write_book
from tests.databases import empty_database
from tests.reliability.conftest import Record

pytestmark = [pytest.mark.chaos, pytest.mark.server, pytest.mark.timeout(600)]

QUESTION = "How do I list the names of all running nodes?"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A checkout of the version before."""
    revision = git("describe", "--tags", "--abbrev=0") or _before_the_newest_migration()
    if not revision:
        pytest.skip("The history of the repository is not there: fetch it in full.")
    folder = tmp_path / "before"
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", revision], cwd=ROOT, capture_output=True, check=True
    )
    subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
    return folder


def _before_the_newest_migration() -> str:
    newest = git("log", "-1", "--format=%H", "--diff-filter=A", "--", "*/migrations/0*.py")
    return git("rev-parse", f"{newest}^") if newest else ""


def git(*arguments: str) -> str:
    found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else ""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    home = tmp_path / "home"
    home.mkdir()
    with empty_database(home) as url:
        yield environment_for(home, url) | {"SECRET_KEY": "the same for both versions" * 2}


def test_the_version_before_serves_while_and_after_the_migrations_run(
    before: Path, environment: Mapping[str, str], tmp_path: Path, record: Record
) -> None:
    home = tmp_path / "home"
    source = str(write_book(tmp_path / "robots"))
    manage(environment, "migrate", "--verbosity", "0", root=before)
    manage(environment, "ingest_book", source, "--book", "robots", root=before)
    with running("uvicorn", home, environment, free_port(), root=before) as old:
        kept, rounds = use(old), 0
        with ThreadPoolExecutor() as readers:
            migrated = readers.submit(manage, environment, "migrate", "--verbosity", "0")
            while not migrated.done():
                use(old)
                rounds += 1
            migrated.result()
        use(old)
        manage(environment, "ingest_book", source, "--book", "second", root=before)
        with running("uvicorn", home, environment, free_port()) as new:
            assert opened(new, kept)["answers"] == opened(old, kept)["answers"]
            assert opened(old, use(new))["answers"]
        assert "Traceback" not in old.log_text()
    record("T20", f"no error in {5 * rounds} calls while the migrations ran, none after")


def use(server: Server) -> dict[str, Any]:
    """What readers do; the conversation's last answer. Anything but a success fails the test."""
    with httpx2.Client(base_url=f"{server.http}/api/v1/", timeout=60) as client:
        asked = {"book": "robots", "question": QUESTION}
        first = _called(client, "POST", "chat", asked)
        going_on = {"conversation": first["conversation"], "token": first["token"]}
        answer = _called(client, "POST", "chat", {**asked, **going_on})
        thumb = {"token": first["token"], "helpful": True}
        _called(client, "POST", f"answers/{answer['id']}/feedback", thumb)
        _called(client, "POST", "retrieve", {"book": "robots", "query": QUESTION})
        _called(client, "GET", "books/robots")
    assert answer["outcome"] == "quoted"
    return answer


def opened(server: Server, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer's conversation, as the server tells it."""
    bearer = {"Authorization": f"Bearer {answer['token']}"}
    with httpx2.Client(base_url=f"{server.http}/api/v1/", headers=bearer, timeout=60) as client:
        return _called(client, "GET", f"conversations/{answer['conversation']}")


def _called(client: httpx2.Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
    response = client.request(method, path, json=body)
    assert response.status_code == 200, (path, response.text)
    said: dict[str, Any] = response.json()
    return said
