"""Who sits at the desk in the tests, and how its pages are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from desk.models import Assignment
from desk.people import EDITORS, OWNERS
from retrieval.models import Book


@pytest.fixture
def superuser(client: Client) -> Client:
    """Somebody with every right."""
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(member(OWNERS, "olga"))
    return client


@pytest.fixture
def editor_of() -> Callable[..., Client]:
    """Logs an editor in who works on the given books."""

    def log_in(*books: Book, name: str = "eda") -> Client:
        editor = member(EDITORS, name)
        Assignment.objects.bulk_create(Assignment(editor=editor, book=book) for book in books)
        client = Client()
        client.force_login(editor)
        return client

    return log_in


def member(group: str, name: str) -> User:
    """A new member of a group of the desk."""
    person = User.objects.create_user(name, is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    return person


def listing(model: str) -> str:
    """The address of a list, such as ``chat.answer``."""
    return reverse(f"admin:{model.replace('.', '_')}_changelist")


def address(model: str, pk: Any, view: str = "change") -> str:
    """The address of a row's page."""
    return reverse(f"admin:{model.replace('.', '_')}_{view}", args=[pk])


def page(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, url
    return response.content.decode()


def words(html: str) -> str:
    """What a person reads of it."""
    whole = re.sub(r"</?b\b[^>]*>", "", html)  # marks inside a sentence
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", whole)).split())
