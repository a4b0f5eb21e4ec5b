"""EPUB: a zip of XHTML documents in reading order."""
