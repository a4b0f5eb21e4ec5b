"""Buttons that do something with a row: each posts, is allowed or not, and says what it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from desk.admin.base import Desk


@dataclass(frozen=True, slots=True)
class Deed:
    """A button. ``name`` leads to the method ``do_<name>`` of the desk.

    With ``warning`` it leads to a page first that says what will happen.
    """

    name: str
    label: str
    warning: str = ""
    strong: bool = False


class Doing(Desk):
    """A desk with buttons above the page of a row."""

    change_form_template = "desk/doing.html"

    def deeds(self, request: HttpRequest, row: Any) -> list[Deed]:
        """What the visitor may do with the row as it is."""
        raise NotImplementedError

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.do_view)
        route = path("<path:object_id>/do/<slug:name>/", view, name=self._route)
        return [route, *super().get_urls()]

    @property
    def _route(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_do"

    def shown_of(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        deeds = [
            (deed, reverse(f"admin:{self._route}", args=[row.pk, deed.name]))
            for deed in self.deeds(request, row)
        ]
        return super().shown_of(request, row) | {"deeds": deeds}

    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        deed = next((deed for deed in self.deeds(request, row) if deed.name == name), None)
        if deed is None:
            raise PermissionDenied
        if request.method != "POST":
            return self._asked_first(request, row, deed)
        done: HttpResponse | None = getattr(self, f"do_{name}")(request, row)
        return done or self.back_to(row)

    def back_to(self, row: Any) -> HttpResponse:
        opts = type(row)._meta  # noqa: SLF001 (public, in spite of its name)
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", row.pk)

    def _asked_first(self, request: HttpRequest, row: Any, deed: Deed) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": deed.label,
            "opts": self.opts,
            "deed": deed,
            "row": row,
            "name": self.name_of(row),
        }
        return TemplateResponse(request, "desk/confirm.html", context)

    def refuse(self, request: HttpRequest, error: Exception) -> None:
        """Tell the visitor what went wrong."""
        self.message_user(request, str(error), messages.ERROR)
