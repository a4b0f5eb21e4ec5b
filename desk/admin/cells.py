"""How the rows of a list and the lines of a page are told."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime

from chat.models import Feedback
from desk.display import badge
from desk.explanations import Meaning
from retrieval.display import visible
from retrieval.models import Book, Edition

NOTHING = "–"
QUESTION_CHARS = 110


def tag(shown: Meaning) -> SafeString:
    return badge(shown.label, shown.tone, shown.words)


def told(shown: Meaning) -> SafeString:
    return format_html('<p class="desk-told">{} <span>{}</span></p>', tag(shown), shown.words)


def thumb_cell(feedback: Feedback) -> SafeString:
    return badge("Helpful", "good") if feedback.helpful else badge("Not helpful", "bad")


def asked_cell(question: str, book: Book, when: datetime, *, flagged: bool = False) -> SafeString:
    """A question as lists show it, below it the flag, the book and the time."""
    return format_html(
        '<bdi class="desk-asked">{}</bdi><span class="desk-below">{} <span>{}</span> '
        '<time datetime="{}">{}</time></span>',
        Truncator(visible(" ".join(question.split()))).chars(QUESTION_CHARS),
        badge("Flagged", "bad", "Somebody should look at it.") if flagged else "",
        book.title,
        when.isoformat(),
        date_format(localtime(when), "DATETIME_FORMAT"),
    )


def words(kind: str, text: str) -> SafeString:
    """A reader's words as they were written, in whatever direction they run."""
    return format_html('<div class="desk-words {}" dir="auto">{}</div>', kind, visible(text))


def edition_name(edition: Edition) -> str:
    """The edition as people speak of it; its book must be loaded."""
    return f"{edition.book.title}, edition {edition.number}"


def edition_link(edition: Edition, label: str) -> SafeString:
    address = reverse("admin:retrieval_edition_change", args=[edition.pk])
    return format_html('<a href="{}">{}</a>', address, label)
