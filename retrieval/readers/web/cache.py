"""Fetched pages on disk, with what a server needs to say that a page has not changed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of a page: its file, its address after redirects, its validators."""

    file: str
    url: str
    charset: str
    etag: str
    last_modified: str

    def conditions(self) -> dict[str, str]:
        """The headers of a request that is answered by 304 when the page is still the same."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value}


class PageCache:
    """The pages of one site in a folder: a file for each, and beside it what is remembered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, url: str) -> Kept | None:
        """What is remembered of the page, or ``None``; a damaged memory is none."""
        note = self.folder / f"{_name(url)}.json"
        with suppress(OSError, ValueError, TypeError):
            kept = Kept(**json.loads(note.read_text(encoding="utf-8")))
            return kept if (self.folder / kept.file).is_file() else None
        return None

    def keep(
        self, asked: str, body: bytes, *, url: str, charset: str, etag: str, last_modified: str
    ) -> Kept:
        """Store the page that stands at ``url`` under the address that was asked for."""
        kept = Kept(f"{_name(asked)}.html", url, charset, etag, last_modified)
        (self.folder / kept.file).write_bytes(body)
        note = self.folder / f"{_name(asked)}.json"
        note.write_text(json.dumps(asdict(kept)), encoding="utf-8")
        return kept


def _name(url: str) -> str:
    return sha256(url.encode()).hexdigest()[:32]
