"""Whatever is sent, allowed or not, is answered in words and never an error of the server's.

Schemathesis makes requests of the interface's own description: every bound and every kind of wrong
value, then random ones. They come from a reader whose conversation there is. ``make fuzz`` sends
500 random ones of each call, to a book that answers, and each from a stranger too.
"""

from __future__ import annotations

import asyncio
import json
import os
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import hypothesis
import pytest
import schemathesis
from django.db import connection
from django.test import AsyncClient

from chat.models import Answer
from chat.tokens import token_for
from ragbook.api import api
from tests.chat.factories import AnswerFactory
from tests.retrieval.factories import EditionFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="Postgres minds more: set DATABASE_URL to one"
    ),
]

Case: TypeAlias = schemathesis.Case[Any]
EXAMPLES = int(os.environ.get("RAGBOOK_TEST_FUZZ", "3"))
IS_THOROUGH = EXAMPLES >= 100
NO_LIMIT = "1000000/s"

schema = schemathesis.openapi.from_dict(api.get_openapi_schema()).exclude(
    path="/api/v1/health/ready"  # whose 503 is an answer
)


@pytest.fixture
def mine(request: pytest.FixtureRequest, settings: Any) -> Answer:
    """An answer of a reader who may ask as much as they like."""
    for name in ("ADDRESS", "BOOK", "CONVERSATION"):
        setattr(settings, f"RAGBOOK_{name}_RATE", NO_LIMIT)
    book = (
        request.getfixturevalue("robots")
        if IS_THOROUGH
        else EditionFactory.create(book__slug="robots").book
    )
    answer: Answer = AnswerFactory.create(conversation__book=book)
    return answer


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not IS_THOROUGH,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_no_request_is_an_error_of_the_server(case: Case, mine: Answer) -> None:
    if IS_THOROUGH:
        asyncio.run(_send(case))
    asyncio.run(_send(_by_reader(case, mine)))


def _by_reader(case: Case, mine: Answer) -> Case:
    """The same request about what there is, with the token that opens it."""
    token = token_for(mine.conversation_id)
    known = {
        "answer_id": str(mine.pk),
        "conversation_id": str(mine.conversation_id),
        "slug": mine.conversation.book.slug,
        "book": mine.conversation.book.slug,
        "conversation": str(mine.conversation_id),
        "token": token,
    }
    for part in (case.path_parameters, case.body):
        if isinstance(part, dict):
            part.update({name: value for name, value in known.items() if name in part})
    case.headers["authorization"] = f"Bearer {token}"
    return case


async def _send(case: Case) -> None:
    response = await AsyncClient(raise_request_exception=False).generic(**_request(case))
    body = await _body(response)
    status = response.status_code
    assert status < HTTPStatus.INTERNAL_SERVER_ERROR, body
    if status >= HTTPStatus.BAD_REQUEST:
        assert status == HTTPStatus.METHOD_NOT_ALLOWED or json.loads(body)["message"]


def _request(case: Case) -> dict[str, Any]:
    """What Django's client takes, of what a client of HTTP would be given."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    headers = {name: str(value) for name, value in sent["headers"].items()}
    data = sent["data"] if "data" in sent else json.dumps(sent["json"]) if "json" in sent else ""
    return {
        "method": sent["method"],
        "path": urlsplit(sent["url"]).path,
        "query_string": urlencode(sent.get("params") or {}, doseq=True),
        "data": data,
        "content_type": headers.pop("Content-Type", "application/json"),
        "headers": headers,
    }


async def _body(response: Any) -> bytes:
    if response.streaming:
        return b"".join([part async for part in response.streaming_content])
    content: bytes = response.content
    return content
