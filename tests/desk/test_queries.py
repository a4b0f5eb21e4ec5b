"""However many rows there are, a page of the desk asks the database as often."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.desk.conftest import address, listing, page
from tests.desk.test_people import NAMES, furnished, row_of

pytestmark = pytest.mark.django_db


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, url)
    return len(captured)


@pytest.mark.parametrize("model", NAMES)
def test_lists_and_pages_ask_as_often_of_many_as_of_few(superuser: Client, model: str) -> None:
    first, _ = furnished("First"), furnished("Second")
    urls = listing(model), address(model, row_of(model, first).pk)
    for url in urls:
        page(superuser, url)  # what is kept in memory is asked for once
    few = [queries(superuser, url) for url in urls]
    for n in range(4):
        furnished(f"More {n}")
    assert [queries(superuser, url) for url in urls] == few
    assert max(few) <= 30
