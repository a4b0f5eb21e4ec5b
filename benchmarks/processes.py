"""What a process takes of its machine, read from ``/proc``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Footprint:
    """Memory in MB, and how many threads and open files a process has."""

    memory_mb: float
    threads: int
    files: int


def footprint(pid: int) -> Footprint:
    return Footprint(
        memory_mb(pid), int(_status(pid, "Threads")), len(list(Path(f"/proc/{pid}/fd").iterdir()))
    )


def memory_mb(pid: int) -> float:
    """What it holds now."""
    return int(_status(pid, "VmRSS")) / 1024


def processor_s(pid: int) -> float:
    """The processor time that it has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))
