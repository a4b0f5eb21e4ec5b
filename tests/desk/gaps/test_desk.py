"""Gaps at the desk: their list, their page, and what an editor decides."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.gap import Gap
from retrieval.models import Book
from tests.desk.conftest import address, listing, page, words
from tests.desk.gaps.test_finding import CHARGING, DOCKING, refused, rover, search_for

__all__ = ["rover"]

HOSTILE = "How do I dock <script>alert(1)</script>?"


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, url)
    return len(captured)


def test_the_list_tells_question_trend_and_lack(rover: Book, editor_of: Any) -> None:
    refused(rover, DOCKING, DOCKING, CHARGING)
    search_for(rover)
    shown = words(page(editor_of(rover), listing("desk.gap")))
    assert shown.index(DOCKING) < shown.index(CHARGING)
    assert "New" in shown
    assert "charging" in shown


def test_the_page_has_the_questions_and_the_issue(rover: Book, editor_of: Any) -> None:
    (answer,) = refused(rover, HOSTILE)
    search_for(rover)
    html = page(editor_of(rover), address("desk.gap", Gap.objects.get().pk))
    assert address("chat.answer", answer.pk) in html
    assert "<script>alert" not in html
    assert "# The book does not answer: How do I dock" in words(html)


def test_a_closed_gap_shows_before_and_now(rover: Book, editor_of: Any) -> None:
    refused(rover, DOCKING)
    search_for(rover)
    Gap.objects.update(
        state=Gap.State.CLOSED,
        before={"edition": 1, "outcome": "refused", "withheld": 0, "text": "No.", "sections": []},
        after={
            "edition": 2, "outcome": "quoted", "withheld": 0, "text": "Dock it backwards.",
            "sections": [{"place": "Docking", "url": "javascript:alert(1)"}],
        },
    )  # fmt: skip
    html = page(editor_of(rover), address("desk.gap", Gap.objects.get().pk))
    assert "Before , edition 1" in words(html) or "Before, edition 1" in words(html)
    assert "Dock it backwards." in html
    assert "javascript:" not in html


def test_an_editor_decides_and_a_stranger_sees_nothing(rover: Book, editor_of: Any) -> None:
    refused(rover, DOCKING)
    search_for(rover)
    key = Gap.objects.get().pk
    url = f"/admin/desk/gap/{key}/do/dismiss/"
    assert editor_of(name="stranger").post(url).status_code == 404
    editor_of(rover).post(url)
    assert Gap.objects.get().state == Gap.State.DISMISSED


def test_lists_and_pages_cost_the_same_however_many_ask(rover: Book, superuser: Client) -> None:
    refused(rover, DOCKING, CHARGING)
    search_for(rover)
    urls = [listing("desk.gap"), address("desk.gap", Gap.objects.order_by("pk")[0].pk)]
    for url in urls:
        page(superuser, url)
    few = [queries(superuser, url) for url in urls]
    refused(rover, *[f"{DOCKING} {n}" for n in range(12)], "Who won?", "What is a sonnet?")
    search_for(rover)
    assert [queries(superuser, url) for url in urls] == few
    assert max(few) <= 8
