"""Answers for a long time: nothing grows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.servers import ROOT
from tests.reliability.conftest import Record

MINUTES = "20"

pytestmark = [pytest.mark.server, pytest.mark.chaos, pytest.mark.timeout(1_800)]


def test_nothing_grows(record: Record) -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--minutes", MINUTES]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = told.stdout.partition("load average")[0].splitlines()[1:]
    first, *_, last = [line.split() for line in lines]
    record("T21", f"{MINUTES} minutes: {first[1]} → {last[1]} MB, {first[2]} → {last[2]} threads, "
                  f"{first[3]} → {last[3]} files")  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
