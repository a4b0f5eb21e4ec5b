"""The admin as the editors' desk: its name, the order of what is on it, and what waits there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest

from retrieval.display import visible

APPS = ["chat", "retrieval", "auth"]
MODELS = ["Answer", "Feedback", "Conversation", "Book", "Edition", "Section"]
WAITING_SHOWN = 5
MOST_COUNTED = 999


class EditorsDeskConfig(AdminConfig):
    default_site = "ragbook.adminsite.EditorsDesk"


class EditorsDesk(AdminSite):
    site_header = "ragbook"
    site_title = "ragbook"
    index_title = "The editor's desk"
    site_url = "/" if settings.RAGBOOK_DEMO else None
    enable_nav_sidebar = True

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """What editors come for first, the accounts last."""
        apps: list[Any] = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: _rank(model["object_name"], MODELS))
        return sorted(apps, key=lambda app: _rank(app["app_label"], APPS))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().index(request, {**(extra_context or {}), **self._waiting(request)})

    def _waiting(self, request: HttpRequest) -> dict[str, Any]:
        """The newest flagged answers and how many there are, for whoever may read answers."""
        from chat.models import Answer  # this module is read before the models are

        if not self.get_model_admin(Answer).has_view_permission(request):
            return {}
        flagged = Answer.objects.flagged().order_by("-flagged", "-created")  # as the index is
        newest = flagged.prefetch_related("conversation__book")[:WAITING_SHOWN]
        count = flagged[: MOST_COUNTED + 1].count()
        return {
            "waiting": [(answer, visible(answer.question)) for answer in newest],
            "waiting_count": f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count),
        }


def _rank(name: str, order: list[str]) -> int:
    return order.index(name) if name in order else len(order)
