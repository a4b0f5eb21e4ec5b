"""What stands in the sidebar, in the order in which an editor's day goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Entry:
    """A list of the desk: ``model`` is its label, ``icon`` a name of Material Symbols."""

    title: str
    icon: str
    model: str


GROUPS: Final[dict[str, list[Entry]]] = {
    "Reviewing": [
        Entry("Review queue", "rate_review", "desk.Review"),
        Entry("Corrections", "edit_note", "chat.Correction"),
    ],
    "Readers": [
        Entry("Answers", "forum", "chat.Answer"),
        Entry("Conversations", "chat_bubble", "chat.Conversation"),
        Entry("Thumbs", "thumbs_up_down", "chat.Feedback"),
        Entry("Gaps", "help", "desk.Gap"),
    ],
    "The book": [
        Entry("Books", "menu_book", "retrieval.Book"),
        Entry("Editions", "layers", "retrieval.Edition"),
        Entry("Sections", "article", "retrieval.Section"),
        Entry("Jobs", "engineering", "desk.Job"),
        Entry("Golden questions", "verified", "desk.GoldenQuestion"),
        Entry("Audits", "fact_check", "chat.Audit"),
        Entry("Findings", "difference", "chat.Finding"),
    ],
    "People": [
        Entry("Accounts", "person", "auth.User"),
        Entry("Groups", "group", "auth.Group"),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar with what the visitor may see, as unfold takes them."""
    start = {"title": "Dashboard", "icon": "monitoring", "link": reverse("admin:index")}
    groups = [
        {"title": title, "separator": True, "items": list(_items(entries, request))}
        for title, entries in GROUPS.items()
    ]
    return [{"items": [start]}, *groups]


def titles() -> dict[str, str]:
    """What the sidebar calls each list, by its address."""
    return {_address(it): it.title for entries in GROUPS.values() for it in entries}


def _address(entry: Entry) -> str:
    return reverse(f"admin:{entry.model.lower().replace('.', '_')}_changelist")


def _items(entries: Iterable[Entry], request: HttpRequest) -> Iterator[dict[str, str]]:
    for entry in entries:
        model = apps.get_model(entry.model)
        if admin.site.get_model_admin(model).has_view_permission(request):
            yield {"title": entry.title, "icon": entry.icon, "link": _address(entry)}
