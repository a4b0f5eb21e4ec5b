"""A web process imports what it serves with, not what ingests, commands and editors use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.servers import ROOT, environment_for

ELSEWHERE = {
    "sklearn": "clusters gaps, in the worker",
    "scipy": "comes with it",
    "factory": "invents readers for a demonstration",
    "faker": "comes with it",
    "docutils": "reads Sphinx's sources, in ingests",
    "myst_parser": "the same",
    "bs4": "reads HTML, in ingests",
    "nbformat": "reads notebooks, in ingests",
    "pypdfium2": "reads PDF, in ingests",
    "qrcode": "draws a picture for who sets up a second step",
    "qdrant_client": "only with QDRANT_URL",
    "opentelemetry.sdk": "only with an endpoint for traces",
    "detect_secrets": "when the first question comes",
    "daphne": "serves development",
    "autobahn": "comes with it",
}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a process that is ready to serve."""
    home = tmp_path_factory.mktemp("imports")
    script = "import json, sys, ragbook.asgi; print(json.dumps([*sys.modules]))"
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=ROOT,
        env={**os.environ, **_environment(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(told.stdout.splitlines()[-1]))


def _environment(home: Path) -> dict[str, str]:
    database = f"sqlite:///{home / 'ragbook.sqlite3'}"
    return {**environment_for(home, database), "QDRANT_URL": "", "DEBUG": ""}


@pytest.mark.parametrize("module", ELSEWHERE)
def test_what_others_need_is_not_imported(imported: set[str], module: str) -> None:
    assert module not in imported


def test_what_answers_need_is_imported_before_the_first_question(imported: set[str]) -> None:
    assert imported >= {"agents", "onnxruntime", "chat.composing", "aiohttp"}
