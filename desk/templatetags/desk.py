"""Filters for the pages of the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import template
from django.contrib import admin
from django.db.models import Model
from django.utils import timezone
from django.utils.timesince import timesince

from desk.display import safe_link
from desk.navigation import titles
from retrieval.display import visible

A_MINUTE: Final = timedelta(minutes=1)

register = template.Library()
register.filter("safe_link", safe_link)


@register.filter("visible")
def shown(text: object) -> str:
    """A text that somebody else wrote, with what cannot be seen spelled out."""
    return visible(str(text))


@register.filter
def thousands(number: int) -> str:
    return f"{number:,}"


@register.filter
def elapsed(moment: datetime) -> str:
    """How long ago it was in its largest unit; nothing when it is less than a minute."""
    return timesince(moment, depth=1) if timezone.now() - moment >= A_MINUTE else ""


@register.filter
def unlocalized(number: float) -> str:
    """A coordinate, with a point in every language."""
    return f"{number:.2f}"


@register.filter
def crumbs(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where the visitor stands: without the application, which is no word of an editor's."""
    known = titles()
    shown = parts[1:] if len(parts) > 1 else parts
    return [
        {"link": link, "title": known.get(str(link)) or _name(part["title"])}
        for part in shown
        for link in [part.get("link", "")]
    ]


def _name(title: object) -> str:
    """What the desk calls a row; other titles are words already."""
    if not isinstance(title, Model):
        return str(title)
    desk = admin.site.get_model_admin(type(title))
    return str(getattr(desk, "name_of", str)(title))


@register.filter
def at(values: Mapping[Any, Any], key: object) -> Any:
    """What a mapping holds under a key; nothing when it does not."""
    return values.get(key)
