"""Filters for the pages of the desk."""

from __future__ import annotations

from django import template

from retrieval.display import visible

register = template.Library()
register.filter("visible", lambda text: visible(str(text)))
