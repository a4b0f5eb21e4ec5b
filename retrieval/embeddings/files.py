"""The bundled files in ``weights/``: each is the one that was published."""

from __future__ import annotations

import hashlib
from pathlib import Path

from retrieval.errors import EmbeddingError

CHECKSUMS = "SHA256SUMS"


def verify(weights: Path, folder: str) -> None:
    """Compare every file of a folder of ``weights`` with SHA256SUMS (25 MB take about 20 ms).

    Raises:
        EmbeddingError: a file is missing, or is not the one that was published.
    """
    hint = "Check out the weights/ folder again, or build it with weights/minilm/export.py."
    lines = [line.split(maxsplit=1) for line in _read(weights / CHECKSUMS, hint).splitlines()]
    wanted = {path: digest for digest, path in lines if path.startswith(f"{folder}/")}
    if not wanted:
        raise EmbeddingError(f"{CHECKSUMS} names no file of {folder}.", hint)
    for path, digest in wanted.items():
        if _sha256(weights / path, hint) != digest:
            raise EmbeddingError(f"weights/{path} is damaged: its checksum differs.", hint)


def _read(path: Path, hint: str) -> str:
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise EmbeddingError(f"{path.name} cannot be read: {error.strerror}.", hint) from error


def _sha256(path: Path, hint: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbeddingError(f"{path.name} cannot be read: {error.strerror}.", hint) from error
