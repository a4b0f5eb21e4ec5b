"""The addresses of the demo book, below wherever the site puts it."""

from __future__ import annotations

from django.urls import path

from ragbook import demo

urlpatterns = [
    path("", demo.index, name="demo-index"),
    path("<path:url>", demo.page, name="demo-page"),
]
