"""Whether anything that an ingest depends on has changed, told without reading a page.

Equal fingerprints mean: the same files, read by the same code with the same settings. Everything
is hashed by content, since a checkout gives every file a new time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b, file_digest
from pathlib import Path

from retrieval.errors import SourceError
from retrieval.manifest import Manifest

LEFT_OUT = frozenset({".git", "node_modules"})
CODE = Path(__file__).parent
REQUIREMENTS = CODE.parent / "requirements.lock"


def fingerprint(root: Path, manifest: Manifest, embedding: str, language: str) -> str:
    """A hash of the source and of what turns it into chunks; "" for a source that is no folder.

    Symbolic links to files count by what they point at. About 1 s for 1 GB. Raises ``SourceError``
    for a file that cannot be read.
    """
    if not root.is_dir():
        return ""
    digest = blake2b(digest_size=32)
    for part in (code(), repr(manifest), embedding, language):
        digest.update(part.encode() + b"\0")
    for path in _files(root):
        name = os.fsencode(path.relative_to(root))
        digest.update(name + b"\0" + _content(path))
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    """The files below a folder in a fixed order."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - LEFT_OUT)
        yield from (Path(folder, name) for name in sorted(names))


def _content(path: Path) -> bytes:
    """The file's hash; of what is no readable file, a mark that no hash is equal to."""
    if not path.is_file():
        return b"none"
    try:
        with path.open("rb") as file:
            return file_digest(file, "blake2b").digest()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {error.strerror}.", "Repair it, or leave it out."
        ) from error


@cache
def code() -> str:
    """A hash of the code that reads and cuts pages, and of the versions of its parsers."""
    digest = blake2b()
    for path in (*sorted(CODE.rglob("*.py")), REQUIREMENTS):
        digest.update(_content(path))
    return digest.hexdigest()
