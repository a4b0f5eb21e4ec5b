"""The zip of an EPUB, opened with bounds: what is too much, damaged or protected is refused."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from pathlib import Path

from lxml import etree

from retrieval.errors import SourceError

MOST_FILES = 20_000
LARGEST_FILE = 50 * 1024 * 1024
LARGEST_WHOLE = 2 * 1024 * 1024 * 1024
HIGHEST_RATIO = 200
"""How much smaller a file may be packed: text reaches about 20, a bomb 1,000."""

ENCRYPTION = "META-INF/encryption.xml"
# Fonts may be obfuscated in a book that everybody can read; anything else is protection.
FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
ENCRYPTED_FLAG = 0x1


class Archive:
    """The files of an EPUB by their path. Raises ``SourceError`` for one that cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as file:
                self._entries = {entry.filename: entry for entry in file.infolist()}
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise SourceError(f"{path} is no EPUB: {error}.", "Give a file of the book.") from error
        self._check_bounds()
        self._check_protection()

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """The content of one file. Raises ``SourceError`` when it is missing or damaged."""
        if name not in self._entries:
            raise SourceError(f"{self.path} lacks its file {name}.", "The EPUB is incomplete.")
        try:
            with zipfile.ZipFile(self.path) as file, file.open(name) as content:
                data = content.read(LARGEST_FILE + 1)
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise SourceError(f"{name} in {self.path} cannot be unpacked: {error}.") from error
        if len(data) > LARGEST_FILE:
            raise self._refused(f"{name} is larger than it says")
        return data

    def xml(self, name: str) -> etree._Element:
        """One file as XML, small faults forgiven; entities and the network stay off."""
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, recover=True
        )
        root = etree.fromstring(self.read(name) or b" ", parser)
        if root is None:
            raise SourceError(f"{name} in {self.path} is no XML.", "The EPUB is damaged.")
        return root

    def _check_bounds(self) -> None:
        entries = self._entries.values()
        if len(entries) > MOST_FILES:
            raise self._refused(f"{len(entries):,} files")
        if sum(entry.file_size for entry in entries) > LARGEST_WHOLE:
            raise self._refused("unpacked it is too large")
        for entry in entries:
            if entry.file_size > LARGEST_FILE and not _is_media(entry.filename):
                raise self._refused(f"{entry.filename} is too large")
            if entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1024):
                raise self._refused(f"{entry.filename} is packed too tightly")
            if not _is_inside(entry.filename):
                raise self._refused(f"{entry.filename!r} leads out of it")

    def _check_protection(self) -> None:
        encrypted = any(entry.flag_bits & ENCRYPTED_FLAG for entry in self._entries.values())
        if encrypted or (ENCRYPTION in self and self._is_protected()):
            raise SourceError(
                f"{self.path} is protected (DRM): its text is encrypted.",
                "Ask the publisher for an unprotected file.",
            )

    def _is_protected(self) -> bool:
        methods = self.xml(ENCRYPTION).iter("{*}EncryptionMethod")
        return any(method.get("Algorithm") not in FONT_OBFUSCATION for method in methods)

    def _refused(self, why: str) -> SourceError:
        return SourceError(f"{self.path} is refused: {why}.", "It does not look like a book.")


def _is_media(name: str) -> bool:
    return name.lower().endswith((".jpg", ".jpeg", ".png", ".gif", ".mp3", ".mp4", ".m4a", ".webm"))


def _is_inside(name: str) -> bool:
    """Whether a path stays below the archive's top; ``zipfile`` itself unpacks nothing to disk."""
    normal = posixpath.normpath(name)
    return not (normal.startswith(("/", "../")) or normal == ".." or "\\" in name or ":" in name)
