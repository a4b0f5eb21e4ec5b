"""The editors' desk as an application, and as the admin of the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class DeskConfig(AppConfig):
    name = "desk"


class EditorsDeskConfig(SimpleAdminConfig):
    """Its pages are found with the addresses (``ragbook.urls``): they import all that answers,
    which a command such as ``ingest_book`` has no need of."""

    default_site = "desk.site.EditorsDesk"
