"""The admin as the editors' desk: its first page, and who may enter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.sites import UnfoldAdminSite

WAITING_SHOWN = 5
MOST_COUNTED = 999


class EditorsDesk(UnfoldAdminSite):
    index_title = "Dashboard"
    site_url = "/" if settings.RAGBOOK_DEMO else None

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """What waits and how the books did, for whoever may read answers."""
        from chat.models import Answer  # this module is read before the models are
        from desk.dashboard.page import dashboard

        shown: dict[str, Any] = {}
        if self.get_model_admin(Answer).has_view_permission(request):
            shown = {**self._waiting(request), **dashboard(request)}
        return super().index(request, {**(extra_context or {}), **shown})

    def _waiting(self, request: HttpRequest) -> dict[str, Any]:
        """The newest flagged answers and how many there are."""
        from chat.models import Answer

        answers = self.get_model_admin(Answer).get_queryset(request).filter(flagged=True)
        flagged = answers.order_by("-flagged", "-created")  # as the index is
        count = flagged[: MOST_COUNTED + 1].count()
        return {
            "waiting": flagged[:WAITING_SHOWN],
            "waiting_count": f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count),
        }
