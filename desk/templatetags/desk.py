"""Filters for the pages of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from desk.display import safe_link
from retrieval.display import visible

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
def unlocalized(number: float) -> str:
    """A coordinate, with a point in every language."""
    return f"{number:.2f}"


@register.filter
def at(values: Mapping[Any, Any], key: object) -> Any:
    """What a mapping holds under a key; nothing when it does not."""
    return values.get(key)
