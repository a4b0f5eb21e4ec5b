"""Which database a command works on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ragbook.documents import ROOT


def tables_after(command: list[str], folder: Path) -> tuple[bool, bool]:
    """Whether the pooled and the direct database were made by the command."""
    pooled, direct = folder / "pooled.sqlite3", folder / "direct.sqlite3"
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "RAGBOOK_DATA": str(folder),
            "DATABASE_URL": f"sqlite:///{pooled}",
            "DATABASE_URL_UNPOOLED": f"sqlite:///{direct}",
        },
        capture_output=True,
        check=True,
    )
    return pooled.exists(), direct.exists()


@pytest.mark.parametrize(
    ("command", "made"),
    [
        (["migrate", "auth", "--verbosity=0"], (False, True)),
        (["showmigrations", "auth"], (True, False)),
    ],
)
def test_only_migrations_go_past_the_pooler(
    tmp_path: Path, command: list[str], made: tuple[bool, bool]
) -> None:
    assert tables_after(command, tmp_path) == made
