"""Markdown tokens into sections, for every generator that writes Markdown."""
