"""A measurement in steps: processes that share a data folder, each with its own peak memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from benchmarks.servers import ROOT

Environment = Mapping[str, str]


@contextmanager
def fresh_home(name: str) -> Iterator[Environment]:
    """The environment of a new, migrated database and an empty index, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        environment = {**os.environ, **_settings(folder, name)}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        yield environment


@contextmanager
def own_home(name: str, keep: Path | None = None) -> Iterator[Path]:
    """Django in this process on a database and an index of its own: in ``keep``, else for now."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as scratch:
        folder = (keep or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.update(_settings(str(folder), name))
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield folder


def _settings(folder: str, name: str) -> Environment:
    return {
        "RAGBOOK_DATA": folder, "QDRANT_URL": "",
        "DATABASE_URL": f"sqlite:///{folder}/{name}.sqlite3",
        "DJANGO_SETTINGS_MODULE": "ragbook.settings",
    }  # fmt: skip


def run_step(environment: Environment, module: str, step: str, *arguments: str) -> Any:
    """What the step tells as JSON, from a process of its own."""
    command = [sys.executable, "-m", module, "--step", step, *arguments]
    told = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(told.stdout)


def peak_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def table(
    columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], cell: Callable[[Any], str] = str
) -> str:
    """The rows below the names of their columns, each value as ``cell`` writes it."""
    lines = [" ".join(name.rjust(len(name) + 2) for name in columns.values())]
    for row in rows:
        cells = [cell(row[key]).rjust(len(name) + 2) for key, name in columns.items()]
        lines.append(" ".join(cells))
    return "\n".join(lines)
