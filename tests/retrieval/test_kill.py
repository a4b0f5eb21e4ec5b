"""An ingest that is killed, at any point: readers notice nothing, the next ingest clears up."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.servers import ROOT, environment_for, manage
from tests.databases import empty_database

KILLS = 20

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def killings(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What was found after each of the killings, which the workers of a test run share."""
    kept = run_folder / "killings.jsonl"
    with (run_folder / "killings.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(_killed(tmp_path_factory.mktemp("killed")), "utf-8")
    return [json.loads(line) for line in kept.read_text("utf-8").splitlines()]


def _killed(home: Path) -> str:
    """Kill ingests in a home of their own: a line of JSON for each."""
    with empty_database(home) as database:
        environment = environment_for(home, database) | {
            "DJANGO_SETTINGS_MODULE": "ragbook.settings",
            "RAGBOOK_KEEP_EDITIONS": "2",
        }
        manage(environment, "migrate", "--verbosity", "0")
        done = subprocess.run(
            [sys.executable, "-m", "tests.retrieval.killed_ingests", str(home), str(KILLS)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_ingests_were_killed_at_points_of_all_kinds(killings: list[dict[str, Any]]) -> None:
    assert [killing["killed"] for killing in killings] == [True] * KILLS
    kinds = {killing["step"].split()[1] for killing in killings}
    files = {"open", "os.mkdir", "os.rename", "shutil.rmtree"}
    assert kinds >= files | {"SELECT", "INSERT", "UPDATE", "DELETE", "COMMIT"}


def test_readers_find_one_edition_whole_after_a_killing(killings: list[dict[str, Any]]) -> None:
    """The former one, or the new one when the killing came after the switch."""
    switched = 0
    for kill, killing in enumerate(killings):
        before, after = killing["before"], killing["after"]
        if after["edition"] == before["edition"]:
            assert after["texts"] == before["texts"], killing["step"]
        else:
            switched += 1
            assert f"Version {10 + kill} of the page" in " ".join(after["texts"]), killing["step"]
    assert switched < KILLS / 4


def test_the_next_ingest_succeeds_and_leaves_nothing_over(killings: list[dict[str, Any]]) -> None:
    for kill, killing in enumerate(killings):
        found = killing["next"]
        live, older = found["edition"], killing["before"]["edition"]
        assert f"Version {10 + kill} of the page" in " ".join(found["texts"]), killing["step"]
        assert found["editions"] == [f"{older} ready", f"{live} ready"], killing["step"]
        assert found["shards"] == sorted([str(older), str(live)]), killing["step"]
        assert found["rows_of"] == [older, live], killing["step"]
