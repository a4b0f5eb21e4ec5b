"""Whether anything that an ingest depends on has changed, told without reading a page.

Equal fingerprints mean: the same files, read by the same code with the same settings. Everything
is hashed by content, since a checkout gives every file a new time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b, file_digest
from pathlib import Path

from retrieval.errors import SourceError
from retrieval.manifest import Manifest

LEFT_OUT = frozenset({".git", "node_modules"})
CODE = Path(__file__).parent
REQUIREMENTS = CODE.parent / "requirements.lock"


def fingerprint(inputs: Iterable[Path], manifest: Manifest, embedding: str, language: str) -> str:
    """A hash of what a source reads and of what turns it into chunks; "" for one that reads none.

    ``inputs`` are folders and files. A link to a file counts by the file's content, a link to a
    folder by where it leads. About 1 s for 1 GB. Raises ``SourceError`` for a file that cannot be
    read.
    """
    places = _distinct(inputs)
    if not places:
        return ""
    digest = blake2b(digest_size=32)
    for part in (code(), repr(manifest), embedding, language):
        digest.update(part.encode() + b"\0")
    for place in places:
        for path in _contents(place):
            name = os.fsencode(os.path.relpath(path, place))
            digest.update(name + b"\0" + _content(path))
    return digest.hexdigest()


def _distinct(inputs: Iterable[Path]) -> list[Path]:
    """The inputs without those that lie in one before them and are hashed with it."""
    places: list[Path] = []
    for path in inputs:
        real = path.resolve()
        if not any(real.is_relative_to(place) for place in places):
            places.append(real)
    return places


def _contents(place: Path) -> Iterator[Path]:
    """A file itself, or what lies in a folder, files and links to folders, in a fixed order."""
    if not place.is_dir():
        yield place
    for folder, subfolders, names in os.walk(place):
        subfolders[:] = sorted(set(subfolders) - LEFT_OUT)
        links = [name for name in subfolders if Path(folder, name).is_symlink()]
        yield from (Path(folder, name) for name in sorted([*names, *links]))


def _content(path: Path) -> bytes:
    """The file's hash; of what is no readable file, a mark that no hash is equal to."""
    if path.is_dir():
        return b"link to " + os.fsencode(path.resolve())
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
