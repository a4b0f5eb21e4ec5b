"""The editors' desk as an application, and as the admin of the site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DeskConfig(AppConfig):
    name = "desk"


class EditorsDeskConfig(AdminConfig):
    default_site = "desk.site.EditorsDesk"
