"""Every address of the site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from chat.views import shared, widget, widget_part
from ragbook.api import api
from ragbook.observability import metrics

admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("widget.js", widget),
    path("widget/<path:name>.js", widget_part),
    path("shared/<str:token>", shared, name="shared"),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
]
if settings.RAGBOOK_DEMO:
    urlpatterns += [
        path("", RedirectView.as_view(url="/book/")),
        path("book/", include("ragbook.demo_urls")),
    ]
else:
    urlpatterns += [path("", RedirectView.as_view(pattern_name="admin:index"))]
