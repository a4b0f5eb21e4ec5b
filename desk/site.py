"""The admin as the editors' desk: its name, the order of what is on it, and what waits there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.sites import UnfoldAdminSite

from retrieval.display import visible

WAITING_SHOWN = 5
MOST_COUNTED = 999


class EditorsDesk(UnfoldAdminSite):
    index_title = "The editors’ desk"
    site_url = "/" if settings.RAGBOOK_DEMO else None

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return super().index(request, {**(extra_context or {}), **self._waiting(request)})

    def _waiting(self, request: HttpRequest) -> dict[str, Any]:
        """The newest flagged answers and how many there are, for whoever may read answers."""
        from chat.models import Answer  # this module is read before the models are

        desk = self.get_model_admin(Answer)
        if not desk.has_view_permission(request):
            return {}
        flagged = (
            desk.get_queryset(request).filter(flagged=True).order_by("-flagged", "-created")
        )  # as the index is
        newest = flagged.prefetch_related("conversation__book")[:WAITING_SHOWN]
        count = flagged[: MOST_COUNTED + 1].count()
        return {
            "waiting": [(answer, visible(answer.question)) for answer in newest],
            "waiting_count": f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count),
        }
