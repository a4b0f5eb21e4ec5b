"""``POST retrieve``: search alone, for integrators who bring their own answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from retrieval.passages import Found, Kind, Scope
from retrieval.search import search
from retrieval.storable import NotBlank, Storable

router = Router(tags=["search"])


class TurnIn(Schema):
    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=8_000), Storable]


class RetrieveIn(Schema):
    book: Annotated[str, Field(min_length=1, max_length=80), Storable]
    query: Annotated[str, Field(max_length=2_000), Storable, NotBlank]
    limit: Annotated[int, Field(ge=1, le=50)] = 8
    page_url: Annotated[str, Field(max_length=1_000), Storable] = ""
    scope: Scope = Scope.BOOK
    history: Annotated[Sequence[TurnIn], Field(max_length=40)] = ()


class PassageOut(Schema):
    key: str
    path: str
    anchor: str
    heading_path: list[str]
    url: str
    kind: Kind
    text: str
    score: float


class RetrieveOut(Schema):
    """``answerable`` estimates in 0..1 that the passages answer the query."""

    passages: list[PassageOut]
    answerable: float


@router.post("retrieve", response=RetrieveOut, summary="Search a book")
def retrieve(request: HttpRequest, body: RetrieveIn) -> RetrieveOut:
    """The passages of the live edition that fit the query, best first."""
    result = search(
        body.book,
        body.query,
        limit=body.limit,
        page_url=body.page_url,
        scope=body.scope,
        history=[turn.model_dump() for turn in body.history],
    )
    passages = [_passage_out(found) for found in result.found]
    return RetrieveOut(passages=passages, answerable=result.answerable)


def _passage_out(found: Found) -> PassageOut:
    passage = found.passage
    return PassageOut(
        key=passage.key,
        path=passage.path,
        anchor=passage.anchor,
        heading_path=list(passage.heading_path),
        url=passage.url,
        kind=passage.kind,
        text=passage.text,
        score=found.score,
    )
