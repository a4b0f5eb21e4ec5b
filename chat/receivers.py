"""What the answers do when their book changes: they say how many of them wait for an audit."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from chat.models import Answer
from retrieval.models import Edition
from retrieval.signals import went_live


@receiver(went_live)
def waiting_for_audit(edition: Edition, **_: Any) -> str | None:
    """How many answers rest on what changed, and the command that holds them against the book."""
    waiting = Answer.objects.auditable(edition.book).awaiting_audit(edition).count()
    if not waiting:
        return None
    answers = "1 answer waits" if waiting == 1 else f"{waiting} answers wait"
    return f"{answers} for an audit, since passages changed: audit_grounding {edition.book.slug}"
