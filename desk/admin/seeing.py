"""A review as an editor saw it, which may no longer be what it is."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from desk.admin.base import Desk
from desk.review import Review


def seen_review(desk: Desk, request: HttpRequest, pk: int) -> Review | None:
    """The review in the state that the posted page showed; ``None`` when there is none.

    Raises ``PermissionDenied`` for whoever may not change it.
    """
    review: Review | None = desk.get_object(request, str(pk))
    if review is None:
        desk.message_user(request, "This review is gone.", messages.WARNING)
        return None
    if not desk.has_change_permission(request, review):
        raise PermissionDenied
    if request.method == "POST":
        seen = request.POST.get("assignee", "")
        review.state = request.POST.get("state", "")
        review.assignee_id = int(seen) if seen.isdecimal() else None
    return review
