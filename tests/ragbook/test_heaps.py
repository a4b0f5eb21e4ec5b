"""Threads share heaps, as the C library itself counts them."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ragbook.heaps import HEAPS

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")

THREADS = 6
COUNTING = f"""
import ctypes, sys, threading

if sys.argv[2:]:
    from ragbook.heaps import share_heaps
    assert share_heaps()

held, all_hold = [], threading.Barrier({THREADS} + 1)

def hold():
    held.append([bytes(2_000) for _ in range(100)])
    all_hold.wait()

for _ in range({THREADS}):
    threading.Thread(target=hold).start()
all_hold.wait()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(library.fopen(sys.argv[1].encode(), b"w"))
library.malloc_info(0, file)
library.fclose(file)
"""


def heaps(report: Path, *shared: str) -> int:
    subprocess.run([sys.executable, "-c", COUNTING, str(report), *shared], check=True)
    return report.read_text().count("<heap nr=")


def test_threads_share_two_heaps(tmp_path: Path) -> None:
    assert heaps(tmp_path / "each.xml") > HEAPS
    assert heaps(tmp_path / "shared.xml", "shared") == HEAPS
