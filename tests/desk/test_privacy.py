"""Where somebody sits is written down nowhere: not of readers, not of editors."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from chat.keeping import begin
from chat.schemas import Question
from tests.retrieval.factories import EditionFactory

pytestmark = pytest.mark.django_db

ADDRESS = "192.0.2.55"


def everything_stored() -> Iterator[str]:
    """Each value of each row of each table, as text."""
    for model in apps.get_models():
        for row in model._default_manager.values_list():
            yield from map(str, row)


def test_no_address_is_stored_or_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    User.objects.create_superuser("root", password="secret")
    book = EditionFactory.create().book
    asked = Question(book=book.slug, question="Where am I?", client_id=uuid4().hex)
    begin(asked, ADDRESS)
    client.post("/admin/login/", {"username": "root", "password": "x"}, REMOTE_ADDR=ADDRESS)
    client.post("/admin/login/", {"username": "root", "password": "secret"}, REMOTE_ADDR=ADDRESS)
    assert client.get("/admin/", REMOTE_ADDR=ADDRESS).status_code == 200
    stored = list(everything_stored())
    assert "Where am I?" in stored
    assert not [value for value in stored if ADDRESS in value]
    assert ADDRESS not in caplog.text
