"""The admin as the editors' desk: its first page, and who may enter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from unfold.sites import UnfoldAdminSite

WAITING_SHOWN = 5
MOST_COUNTED = 999


class EditorsDesk(UnfoldAdminSite):
    index_title = "Dashboard"
    site_url = "/" if settings.RAGBOOK_DEMO else None

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who have done what is asked at the door."""
        return super().has_permission(request) and _passed(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Whoever gave the password already is sent on to the second step."""
        if super().has_permission(request) and not _passed(request):
            wanted = urlencode({"next": request.GET.get("next", "")})
            return redirect(f"{reverse('admin:second_step')}?{wanted}")
        return super().login(request, extra_context)

    def extra_urls(self) -> list[URLPattern]:
        return [path("second-step/", self.second_step, name="second_step")]

    def second_step(self, request: HttpRequest) -> HttpResponse:
        """Open to those whose second step is still to come, and to nobody without a password."""
        if not super().has_permission(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        from desk.entrance import second_step

        return second_step(request, {**self.each_context(request), "title": "Second step"})

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """What waits and how the books did, for whoever may read answers."""
        from chat.models import Answer  # this module is read before the models are
        from desk.dashboard.page import dashboard
        from desk.gathering import gather

        shown: dict[str, Any] = {}
        if self.get_model_admin(Answer).has_view_permission(request):
            gather()
            shown = {**_waiting(request), **dashboard(request)}
        return super().index(request, {**(extra_context or {}), **shown})


def _waiting(request: HttpRequest) -> dict[str, Any]:
    """The reviews that have waited longest, and how many there are."""
    from desk.people import in_reach
    from desk.review import Review

    reviews = in_reach(Review.objects.to_do().in_order(), request.user, "book")
    if not request.user.has_perm("desk.view_review"):
        reviews = reviews.none()
    count = reviews[: MOST_COUNTED + 1].count()
    return {
        "waiting": reviews.prefetch_related("book", "answer", "correction")[:WAITING_SHOWN],
        "waiting_count": f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count),
    }


def _passed(request: HttpRequest) -> bool:
    from desk.secondstep import passed

    return passed(request)
