"""Sphinx books: reStructuredText into sections, without running Sphinx."""
