"""What a reader may send, checked alike for HTTP and WebSocket."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from chat.redaction import Redacted
from retrieval.passages import Scope
from retrieval.storable import NotBlank, Storable

QUESTION_MAX = 2_000
SELECTION_MAX = 4_000
ORDINAL_MAX = 100_000
PROOF_MAX = 2_000

Slug = Annotated[str, Field(min_length=1, max_length=80), Storable]


class Question(Schema):
    """A question as ``POST chat`` and the socket's ``ask`` take it."""

    model_config = ConfigDict(extra="ignore")

    book: Slug
    question: Annotated[str, Field(max_length=QUESTION_MAX), Storable, NotBlank, Redacted]
    conversation: UUID | None = None
    token: Annotated[str, Field(max_length=200), Storable] = ""
    page_url: Annotated[str, Field(max_length=1_000), Storable] = ""
    selection: Annotated[str, Field(max_length=SELECTION_MAX), Storable] = ""
    scope: Scope = Scope.BOOK
    client_id: Annotated[str, Field(max_length=64), Storable] = ""
    replaces: UUID | None = None
    proof: Annotated[str, Field(max_length=PROOF_MAX), Storable] = ""


class Resume(Schema):
    """``after`` is the last ordinal that the reader has, -1 for none."""

    answer: UUID
    token: Annotated[str, Field(max_length=200), Storable]
    after: Annotated[int, Field(ge=-1, le=ORDINAL_MAX)] = -1


class FeedbackIn(Schema):
    token: Annotated[str, Field(max_length=200), Storable]
    helpful: bool
    reason: Annotated[str, Field(max_length=40), Storable] = ""
    comment: Annotated[str, Field(max_length=1_000), Storable, Redacted] = ""


class FeedbackOut(Schema):
    helpful: bool
    reason: str
    comment: str


class CitationOut(Schema):
    n: int
    title: str
    heading_path: list[str]
    url: str
    quote: str


class SentenceOut(Schema):
    ordinal: int
    text: str
    tree: dict[str, object]
    verdict: str
    support: float
    citations: list[int]
    evidence: list[dict[str, object]]
    model_code: bool
    shown: bool


class UsageOut(Schema):
    input_tokens: int
    output_tokens: int


class TimingsOut(Schema):
    retrieve_ms: float | None
    first_sentence_ms: float | None
    total_ms: float | None


class AnswerOut(Schema):
    id: str
    conversation: str
    token: str
    question: str
    outcome: str
    verdict: str
    text: str
    sentences: list[SentenceOut]
    withheld: int
    citations: list[CitationOut]
    by_editors: bool
    model: str
    usage: UsageOut
    timings: TimingsOut


class ConversationOut(Schema):
    id: str
    book: str
    created: str
    answers: list[AnswerOut]


class ShareOut(Schema):
    """A read-only link to answers asked ``until`` then (ISO 8601); both empty without one."""

    url: str
    until: str


class SuggestionsOut(Schema):
    questions: list[str]


class BookOut(Schema):
    slug: str
    title: str
    language: str
    mode: Literal["strict", "annotate"]
    starter_questions: list[str]
    sharing: bool


class ChallengeOut(Schema):
    """A challenge of ALTCHA's second version, to be solved by any of its clients."""

    parameters: dict[str, object]
    signature: str


class ErrorOut(Schema):
    code: str
    message: str
    retry_after: int | None = None
