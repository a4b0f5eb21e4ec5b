"""What the book tells those above it, whom it does not know."""

from __future__ import annotations

from django.dispatch import Signal

went_live = Signal()
"""A command made another edition live. Sent with ``edition``; a receiver may return a line to be
told to whoever gave the command, or None."""
