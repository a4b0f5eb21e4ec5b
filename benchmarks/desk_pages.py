"""How long the pages of the editors' desk take, on whatever the database holds.

    DATABASE_URL=postgres://… python -m benchmarks.desk_pages

Fill it before with ``manage.py seed_demo my-book --answers 200000 --force``. Every list, a page far
behind its first, every choice of its filters, a search, and the page of a row are opened three
times by a superuser and by an editor of one book; the median is printed with its queries, of the
filters the slowest. Both accounts are made for the run and taken away again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")
os.environ.setdefault("ALLOWED_HOSTS", "testserver")
os.environ.setdefault("RAGBOOK_LOG_LEVEL", "ERROR")
django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.admin.views.main import ChangeList  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from chat.models import Answer, Sentence  # noqa: E402
from desk.admin.base import Desk  # noqa: E402
from desk.models import Assignment  # noqa: E402
from desk.people import EDITORS  # noqa: E402
from retrieval.models import Book  # noqa: E402

ROUNDS = 3
LIMIT_MS = 500
WORDS = ("node", "xylophone")
"""One that stands everywhere, and one that stands nowhere."""


def main() -> None:
    print(f"{Answer.objects.count():,} answers, {Sentence.objects.count():,} sentences")
    slowest = 0.0
    for who, client in visitors():
        for name, urls in pages(client):
            taken, queries = max(measured(client, url) for url in urls)
            slowest = max(slowest, taken)
            print(f"{who:<10} {name:<34} {taken:7.0f} ms {queries:3d} queries", flush=True)
    print(f"slowest {slowest:.0f} ms, wanted at most {LIMIT_MS} ms")
    sys.exit(slowest > LIMIT_MS)


def visitors() -> Iterator[tuple[str, Client]]:
    with account("bench-superuser", is_superuser=True) as root:
        yield "superuser", logged_in(root)
    with account("bench-editor") as editor:
        smallest = Book.objects.annotate(n=Count("answers")).filter(n__gt=0).order_by("n")[0]
        editor.groups.add(Group.objects.get(name=EDITORS))
        Assignment.objects.create(editor=editor, book=smallest)
        yield "editor", logged_in(editor)


@contextmanager
def account(name: str, *, is_superuser: bool = False) -> Iterator[User]:
    User.objects.filter(username=name).delete()  # of a run that was killed
    person = User.objects.create(username=name, is_staff=True, is_superuser=is_superuser)
    try:
        yield person
    finally:
        person.delete()


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def pages(client: Client) -> Iterator[tuple[str, list[str]]]:
    """The dashboard; of each list what it opens with, far behind, narrowed, and its first row."""
    yield "dashboard", [reverse("admin:index")]
    for model, desk in admin.site._registry.items():
        listing = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        reply = client.get(listing)
        if not isinstance(desk, Desk) or reply.status_code != 200:
            continue
        yield model.__name__, [listing]
        yield f"{model.__name__}, page 20", [f"{listing}?p=20"]
        changes: ChangeList = cast("Any", reply).context_data["cl"]
        if narrowed := [listing + query for query in choices(changes)]:
            yield f"{model.__name__}, filtered", narrowed
        if desk.search_fields:
            yield f"{model.__name__}, searched", [f"{listing}?q={word}" for word in WORDS]
        for row in desk.get_queryset(reply.wsgi_request)[:1]:
            name = f"admin:{model._meta.label_lower.replace('.', '_')}_change"
            yield f"{model.__name__}, its page", [reverse(name, args=[row.pk])]


def choices(changes: ChangeList) -> Iterator[str]:
    """What each filter of a list adds to its address."""
    for spec in changes.filter_specs:
        for choice in spec.choices(changes):
            if query := str(choice.get("query_string", "?")).removeprefix("?"):
                yield f"?{query}"


def measured(client: Client, url: str) -> tuple[float, int]:
    """Milliseconds and queries of a page, the middle of a few tries after a first."""
    client.get(url)
    taken = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        taken.append((perf_counter() - begun) * 1000)
    return median(taken), len(queries)


if __name__ == "__main__":
    main()
