"""The editor's desk: what an editor sees of readers' questions, and what nobody can rewrite."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.safestring import SafeString

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from chat.reply import FAILURES
from chat.verdict import Outcome, Verdict
from desk import answerpage as desk
from desk.explanations import (
    ANSWER_VERDICTS,
    OUTCOMES,
    VERDICTS,
    explain_error,
    explain_reason,
    meaning,
)
from desk.marking import sentence_html
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    FeedbackFactory,
    SentenceFactory,
    evidence,
)
from tests.desk.cast import flagged, reviewed
from tests.retrieval.factories import BookFactory, EditionFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # nothing is collected
]

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> \u202egnp.exe\u202c'
PAGES = ["answer", "conversation", "feedback"]


@pytest.fixture
def editor(client: Client) -> Client:
    """An editor with every right."""
    client.force_login(User.objects.create_superuser("editor"))
    return client


@pytest.fixture
def with_rights(client: Client) -> Callable[..., Client]:
    """Logs an editor in who has the named rights and no others."""

    def log_in(*names: str) -> Client:
        user = User.objects.create_user("helper", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=["every_book", *names]))
        client.force_login(user)
        return client

    return log_in


def address(model: str, pk: Any, view: str = "change") -> str:
    return reverse(f"admin:chat_{model}_{view}", args=[pk])


def listing(model: str) -> str:
    return reverse(f"admin:chat_{model}_changelist")


def page(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, url
    return response.content.decode()


def words(html: str) -> str:
    """What a person reads of it."""
    whole = re.sub(r"</?b\b[^>]*>", "", html)  # marks inside a sentence
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", whole)).split())


def judged(answer: Answer, **sentence: Any) -> str:
    """The desk of an answer with one passage and one such sentence, as the page shows it."""
    CitationFactory.create(answer=answer)
    SentenceFactory.create(answer=answer, **sentence)
    client = Client()
    client.force_login(User.objects.create_superuser("judge"))
    html = page(client, address("answer", answer.pk))
    return html[html.index("desk-sentences") : html.index("desk-sources")]


# ── the list of answers ──────────────────────────────────────────────────────────────────────


def test_flagged_answers_stand_on_top(editor: Client) -> None:
    AnswerFactory.create(question="An old flagged one", flagged=True)
    AnswerFactory.create(question="A new quiet one")
    html = page(editor, listing("answer"))
    assert html.index("An old flagged one") < html.index("A new quiet one")


def test_the_list_tells_book_outcome_verdict_omissions_and_thumb(editor: Client) -> None:
    answer = AnswerFactory.create(
        conversation__book__title="Robots", outcome="quoted", verdict="contradicted",
        withheld=2, flagged=True,
    )  # fmt: skip
    FeedbackFactory.create(answer=answer)
    row = words(page(editor, listing("answer")))
    assert "Flagged Robots" in row
    assert "Quoted Contradicted 2 left out Not helpful" in row


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"flagged__exact": "1"}, {"flagged"}),
        ({"outcome__exact": "refused"}, {"refused"}),
        ({"verdict__exact": "contradicted"}, {"contradicted"}),
        ({"thumb": "down"}, {"down"}),
        ({"thumb": "up"}, {"up"}),
        ({"thumb": "sideways"}, {"flagged", "refused", "contradicted", "down", "up"}),
        ({"book": "x"}, {"flagged", "refused", "contradicted", "down", "up"}),
    ],
)
def test_filters(editor: Client, query: dict[str, str], found: set[str]) -> None:
    AnswerFactory.create(question="flagged", flagged=True)
    AnswerFactory.create(question="refused", outcome="refused")
    AnswerFactory.create(question="contradicted", verdict="contradicted")
    FeedbackFactory.create(answer__question="down", helpful=False)
    FeedbackFactory.create(answer__question="up", helpful=True)
    changelist = editor.get(listing("answer"), query).context["cl"]
    assert {answer.question for answer in changelist.result_list} == found


@pytest.mark.parametrize("model", PAGES)
def test_every_list_filters_by_book(editor: Client, model: str) -> None:
    wanted, other = FeedbackFactory.create(), FeedbackFactory.create()
    book = wanted.answer.conversation.book
    changelist = editor.get(listing(model), {"book": str(book.pk)}).context["cl"]
    rows = {"answer": wanted.answer, "conversation": wanted.answer.conversation}
    assert list(changelist.result_list) == [rows.get(model, wanted)]
    assert other.answer.conversation.book != book


def test_search_finds_words_and_pasted_ids(editor: Client) -> None:
    answer = AnswerFactory.create(question="Where is the lidar?")
    AnswerFactory.create(question="Where is the camera?")
    for term in ["lidar", str(answer.pk), answer.pk.hex, str(answer.conversation_id)]:
        found = editor.get(listing("answer"), {"q": term}).context["cl"].result_list
        assert list(found) == [answer], term


def test_conversations_are_found_by_question_and_id(editor: Client) -> None:
    answer = AnswerFactory.create(question="Where is the lidar?")
    AnswerFactory.create(question="And the lidar cable?", conversation=answer.conversation)
    AnswerFactory.create(question="Where is the camera?")
    for term in ["lidar", str(answer.conversation_id)]:
        found = editor.get(listing("conversation"), {"q": term}).context["cl"].result_list
        assert list(found) == [answer.conversation], term


def test_a_conversation_is_found_by_words_of_one_question(editor: Client) -> None:
    answer = AnswerFactory.create(question="Where is the lidar?")
    AnswerFactory.create(question="And its cable?", conversation=answer.conversation)
    for term, found in [("the lidar", [answer.conversation]), ("lidar cable", [])]:
        changes = editor.get(listing("conversation"), {"q": term}).context["cl"]
        assert (list(changes.result_list), changes.result_count) == (found, len(found)), term


def test_a_search_compares_no_whole_rows_to_find_each_once(editor: Client) -> None:
    AnswerFactory.create(question="Where is the lidar?")
    with CaptureQueriesContext(connection) as captured:
        page(editor, listing("conversation"), q="lidar")
    searches = [it["sql"] for it in captured if "lidar" in it["sql"]]
    assert len(searches) == 2  # the count and the page
    assert not [sql for sql in searches if "DISTINCT" in sql]


def test_a_long_list_is_counted_up_to_a_limit(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.admin.base.MOST_COUNTED", 3)
    AnswerFactory.create_batch(5)
    assert "More than 3 answers" in words(page(editor, listing("answer")))


# ── the page of an answer ────────────────────────────────────────────────────────────────────


def test_a_sentence_stands_beside_its_passage_with_the_quote_marked() -> None:
    html = judged(AnswerFactory.create(), support=0.87)
    assert "Supported</span>" in html
    assert "87% support" in html
    assert "Shown to the reader" in html
    assert "<mark>Run ros2 node list to see the nodes.</mark> It prints one name a line." in re.sub(
        r"</?b.*?>", "", html
    )
    same = re.findall(r'<b class="desk-same">(.*?)</b>', html)
    command = ["Run", "ros2", "node", "list"]
    assert same == [*command, *command, "nodes"]  # on both sides, and by its stem
    assert 'href="https://primer.example.org/docs/nodes#list"' in html
    assert "Primer › Nodes" in html


def test_a_left_out_sentence_says_so_and_why_in_plain_words() -> None:
    html = judged(
        AnswerFactory.create(withheld=1), shown=False, verdict="unsupported", support=0.1,
        reasons=["number_missing:1847", "identifier_missing:ros2 {x}", "new_reason:7"],
    )  # fmt: skip
    text = words(html)
    assert "1 sentence below was left out: the reader never saw it." in text
    assert "Unsupported 10% support Left out" in text
    assert "Why it was left out The number “1847” does not stand in the passages." in text
    assert "technical name “ros2 {x}” does not stand" in text
    assert "new_reason:7" in text
    assert 'title="number_missing:1847"' in html


def test_a_shown_sentence_with_gaps_is_not_called_left_out() -> None:
    html = judged(
        AnswerFactory.create(mode="annotate"), verdict="contradicted", reasons=["negation"]
    )
    assert "Left out" not in html
    assert "What the check missed" in html
    assert "The book says" in html


def test_a_greeting_has_nothing_to_prove() -> None:
    html = judged(AnswerFactory.create(), verdict="not_a_claim", support=0.0, evidence=[])
    assert "Nothing to prove." in html
    assert "support" not in words(html)


def test_an_unproved_sentence_without_evidence_says_so() -> None:
    html = judged(
        AnswerFactory.create(), verdict="unsupported", shown=False, evidence=[], text="Bees sing."
    )
    assert "No words of the book were found beside this." in html


def test_an_unproved_sentence_stands_beside_what_is_nearest_in_the_passages() -> None:
    html = judged(AnswerFactory.create(), verdict="unsupported", evidence=[])
    assert "Nearest words in the book" in html
    assert "Run ros2 node list to see the nodes. It prints one name a line." in words(html)


def test_evidence_of_an_unknown_passage_is_left_away() -> None:
    html = judged(AnswerFactory.create(), evidence=[evidence(n=9)], text="Bees sing.")
    assert "<figure>" not in html


def test_the_page_shows_question_feedback_and_whereabouts(editor: Client) -> None:
    edition = EditionFactory.create(
        book__title="Robots", book__base_url="https://robots.example.org/"
    )
    answer = AnswerFactory.create(
        conversation__book=edition.book, edition=edition, question="Why\nnot?", scope="page",
        selection="this text", page_url="https://robots.example.org/docs/a", search_query="why not",
        answerable=0.6, model="gpt", input_tokens=1200, output_tokens=30, retrieve_ms=12,
        first_sentence_ms=340, total_ms=1900,
    )  # fmt: skip
    FeedbackFactory.create(answer=answer, reason="wrong", comment="No!")
    html = page(editor, address("answer", answer.pk))
    text = words(html)
    assert ">Why\nnot?</div>" in html
    assert "this text" in text
    assert "Not helpful wrong No!" in text
    assert "Robots, this page" in text
    assert 'href="https://robots.example.org/docs/a"' in html
    assert "Robots, edition 1" in text
    assert "1,200 and 30" in text
    assert "search 0.01 s, first sentence 0.34 s, whole answer 1.90 s" in text


def test_an_answer_without_its_edition_still_opens(editor: Client) -> None:
    answer = AnswerFactory.create(
        outcome="failed", error_code="deadline", verdict="unchecked", text=""
    )
    text = words(page(editor, address("answer", answer.pk)))
    assert "An edition that is no longer kept" in text
    assert "The answer took too long." in text
    assert "No sentence was written." in text
    assert "The search found none." in text


def test_the_other_questions_of_the_conversation_are_linked(editor: Client) -> None:
    first = AnswerFactory.create(question="First question")
    second = AnswerFactory.create(question="Second question", conversation=first.conversation)
    stranger = AnswerFactory.create(question="A stranger's question")
    html = page(editor, address("answer", second.pk))
    turns = html[html.index('id="desk-turns"') :]
    assert turns.index("First question") < turns.index("Second question")
    assert address("answer", first.pk) in turns
    assert 'aria-current="true"' in turns
    assert address("answer", stranger.pk) not in html


def test_every_quote_of_a_passage_is_marked_once(editor: Client) -> None:
    answer = AnswerFactory.create()
    CitationFactory.create(answer=answer, text="one two three four")
    for start, end in [(0, 7), (4, 13), (40, 50)]:
        SentenceFactory.create(answer=answer, evidence=[{**evidence(), "start": start, "end": end}])
    html = page(editor, address("answer", answer.pk))
    sources = html[html.index("desk-sources") :]
    assert "<mark>one two</mark><mark> three</mark> four" in sources.replace("\n", "")


def test_a_quote_is_shown_with_whole_words_around_it() -> None:
    text = "before " * 60 + "THE QUOTE" + " after" * 60
    start = text.index("THE QUOTE")
    item = {**evidence(quote="THE QUOTE"), "start": start, "end": start + 9}
    answer = AnswerFactory.create()
    CitationFactory.create(answer=answer, text=text)
    SentenceFactory.create(answer=answer, evidence=[item])
    before, quote, after = desk.answer_desk(answer).rows[0].excerpts[0].parts
    assert before.text.startswith("… before")
    assert (quote.text, quote.marked) == ("THE QUOTE", True)
    assert after.text.endswith("after …")


def test_a_quote_that_is_not_at_its_place_is_shown_alone() -> None:
    answer = AnswerFactory.create()
    CitationFactory.create(answer=answer)
    SentenceFactory.create(answer=answer, evidence=[{**evidence(), "start": 3, "end": 9}])
    (part,) = desk.answer_desk(answer).rows[0].excerpts[0].parts
    assert words(part.text) == "Run ros2 node list to see the nodes."
    assert part.marked


TEXT = {"type": "text", "text": "<b>"}


@pytest.mark.parametrize(
    ("tree", "html"),
    [
        ({}, "Run `ros2 node list`."),
        ({"type": "code", "text": "a < b"}, '<pre class="desk-code"><code>a &lt; b</code></pre>'),
        ({"type": "row", "cells": [[TEXT], [TEXT]]}, "&lt;b&gt; | &lt;b&gt;"),
        ({"type": "item", "ordered": True, "number": 2, "children": [TEXT]}, "2. &lt;b&gt;"),
        ({"type": "item", "ordered": False, "number": None, "children": [TEXT]}, "• &lt;b&gt;"),
        (
            {"type": "paragraph", "children": [{"type": "strong", "children": [TEXT]}]},
            "<strong>&lt;b&gt;</strong>",
        ),
        (
            {"type": "heading", "children": [{"type": "code", "text": "ros2"}]},
            "<code>ros2</code>",
        ),
    ],
)
def test_a_sentence_looks_as_in_the_widget(tree: dict[str, Any], html: str) -> None:
    drawn = sentence_html(SentenceFactory.build(answer=None, tree=tree))
    assert isinstance(drawn, SafeString)
    assert drawn == html


@pytest.mark.parametrize("id_", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_answer_leads_back_with_a_message(editor: Client, id_: str) -> None:
    response = editor.get(address("answer", id_), follow=True)
    assert response.redirect_chain == [(reverse("admin:index"), 302)]


# ── what others wrote is only text ───────────────────────────────────────────────────────────


@pytest.fixture
def hostile() -> Answer:
    answer = AnswerFactory.create(
        question=HOSTILE, selection=HOSTILE, text=HOSTILE, search_query=HOSTILE,
        page_url="javascript:alert(3)", model="<script>", error_code="<script>", flagged=True,
    )  # fmt: skip
    AnswerFactory.create(question=HOSTILE, conversation=answer.conversation)
    CitationFactory.create(
        answer=answer,
        text=HOSTILE,
        heading_path=[HOSTILE],
        url="javascript:alert(4)",
    )
    SentenceFactory.create(
        answer=answer, text=HOSTILE, reasons=[f"number_missing:{HOSTILE}", HOSTILE],
        evidence=[evidence(quote=HOSTILE)], verdict="<script>", shown=False,
    )  # fmt: skip
    FeedbackFactory.create(answer=answer, reason="<script>", comment=HOSTILE)
    return answer


def test_hostile_text_stays_text_on_every_page(editor: Client, hostile: Answer) -> None:
    feedback = Feedback.objects.get()
    for url in [
        reverse("admin:index"),
        *map(listing, PAGES),
        address("answer", hostile.pk),
        address("conversation", hostile.conversation_id),
        address("conversation", hostile.conversation_id, "delete"),
        address("feedback", feedback.pk),
    ]:
        html = page(editor, url)
        assert "<script>alert" not in html, url
        assert "<img src=x" not in html, url
        assert 'href="javascript' not in html, url
        assert not set("\u202e\u202c") & set(words(html)), url


def test_hidden_direction_marks_are_spelled_out(editor: Client, hostile: Answer) -> None:
    text = words(page(editor, address("answer", hostile.pk)))
    assert text.count("[U+202E]gnp.exe[U+202C]") >= 6


def test_the_readers_page_is_linked_only_on_the_books_own_site(editor: Client) -> None:
    book = BookFactory.create(base_url="https://robots.example.org/docs/")
    for url, linked in [
        ("https://robots.example.org/docs/a", True),
        ("https://robots.example.org.evil.test/docs/a", False),
        ("https://evil.test/", False),
        ("javascript:alert(1)", False),
        ("https://[broken", False),
    ]:
        answer = AnswerFactory.create(conversation__book=book, page_url=url)
        html = page(editor, address("answer", answer.pk))
        assert (f'href="{url}"' in html) is linked, url
        assert url in words(html)


def test_without_a_published_address_no_page_of_a_reader_is_linked(editor: Client) -> None:
    answer = AnswerFactory.create(conversation__book__base_url="", page_url="https://evil.test/")
    assert 'href="https://evil.test' not in page(editor, address("answer", answer.pk))


# ── who may do what ──────────────────────────────────────────────────────────────────────────


def test_whoever_may_only_look_sees_the_desk_and_changes_nothing(
    with_rights: Callable[..., Client],
) -> None:
    answer = AnswerFactory.create(flagged=True)
    SentenceFactory.create(answer=answer)
    client = with_rights("view_answer")
    assert "The answer, sentence by sentence" in page(client, address("answer", answer.pk))
    assert 'name="action"' not in page(client, listing("answer"))
    act = {"action": "unflag", "_selected_action": [str(answer.pk)]}
    client.post(listing("answer"), act)
    assert client.post(address("answer", answer.pk), {}).status_code == 403
    assert Answer.objects.get().flagged


@pytest.mark.parametrize("model", PAGES)
def test_whoever_has_no_right_sees_nothing(with_rights: Callable[..., Client], model: str) -> None:
    feedback = FeedbackFactory.create()
    rows = {"answer": feedback.answer, "conversation": feedback.answer.conversation}
    client = with_rights("view_book")
    assert client.get(listing(model)).status_code == 403
    assert client.get(address(model, rows.get(model, feedback).pk)).status_code == 403
    assert "Waiting for you" not in page(client, reverse("admin:index"))


def test_conversations_alone_do_not_show_answers(with_rights: Callable[..., Client]) -> None:
    answer = AnswerFactory.create(text="Not for everyone.")
    html = page(with_rights("view_conversation"), address("conversation", answer.conversation_id))
    assert "Not for everyone." not in html


def test_saving_an_answer_changes_its_flag_and_nothing_else(editor: Client) -> None:
    answer = AnswerFactory.create(flagged=True)
    forged = {"question": "Forged", "text": "Forged", "verdict": "supported", "outcome": "refused"}
    editor.post(address("answer", answer.pk), forged)
    changed = Answer.objects.get()
    assert not changed.flagged
    assert (changed.question, changed.text) == (answer.question, answer.text)
    assert (changed.verdict, changed.outcome) == (answer.verdict, answer.outcome)


def test_saving_keeps_what_the_running_answer_wrote_meanwhile(rf: RequestFactory) -> None:
    seen_by_editor = AnswerFactory.create(outcome="running", text="", flagged=False)
    Answer.objects.update(outcome="answered", text="All of it.")
    desk_admin = admin.site.get_model_admin(Answer)
    request = rf.post("/")
    request.user = User.objects.create_superuser("editor")
    form = desk_admin.get_form(request, seen_by_editor, change=True)(
        {"flagged": "on"}, instance=seen_by_editor
    )
    desk_admin.save_model(request, form.save(commit=False), form, True)
    kept = Answer.objects.get()
    assert (kept.outcome, kept.text, kept.flagged) == ("answered", "All of it.", True)


def test_an_unchanged_form_writes_nothing(editor: Client) -> None:
    answer = AnswerFactory.create(flagged=True)
    with CaptureQueriesContext(connection) as queries:
        editor.post(address("answer", answer.pk), {"flagged": "on"})
    assert not [query for query in queries if query["sql"].startswith('UPDATE "chat_answer"')]


@pytest.mark.parametrize("model", ["conversation", "feedback"])
def test_what_readers_wrote_cannot_be_added_or_rewritten(editor: Client, model: str) -> None:
    feedback = FeedbackFactory.create()
    row = feedback if model == "feedback" else feedback.answer.conversation
    assert editor.get(reverse(f"admin:chat_{model}_add")).status_code == 403
    assert editor.post(address(model, row.pk), {"comment": "Forged"}).status_code == 403
    assert editor.get(reverse("admin:chat_answer_add")).status_code == 403


@pytest.mark.parametrize("model", ["answer", "feedback"])
def test_parts_of_a_conversation_cannot_be_deleted_alone(editor: Client, model: str) -> None:
    feedback = FeedbackFactory.create()
    row = feedback if model == "feedback" else feedback.answer
    assert editor.post(address(model, row.pk, "delete"), {"post": "yes"}).status_code == 403
    assert Feedback.objects.count() == Answer.objects.count() == 1


@pytest.fixture
def conversation() -> Conversation:
    answer = AnswerFactory.create(question="Do you keep this?")
    CitationFactory.create(answer=answer)
    SentenceFactory.create(answer=answer)
    FeedbackFactory.create(answer=answer)
    AnswerFactory.create(conversation=answer.conversation)
    return answer.conversation


def test_deleting_a_conversation_says_what_goes_and_removes_all_of_it(
    with_rights: Callable[..., Client], conversation: Conversation
) -> None:
    client = with_rights("view_conversation", "delete_conversation")
    url = address("conversation", conversation.pk, "delete")
    text = words(page(client, url))
    assert "Conversations: 1 Answers: 2 Sentences: 1 Citations: 1 Feedback: 1" in text
    client.post(url, {"post": "yes"})
    for model in (Conversation, Answer, Sentence, Citation, Feedback):
        assert not model._default_manager.exists(), model


def test_the_history_keeps_no_word_of_a_reader(editor: Client, conversation: Conversation) -> None:
    answer = conversation.answers.order_by("created")[0]
    act = {"action": "flag", "_selected_action": [str(answer.pk)]}
    editor.post(listing("answer"), act)
    editor.post(address("answer", answer.pk), {})
    editor.post(address("conversation", conversation.pk, "delete"), {"post": "yes"})
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {
        f"Answer {str(answer.pk)[:8]}",
        str(conversation),
    }
    assert LogEntry.objects.filter(object_id=str(answer.pk)).count() == 2


def test_several_conversations_are_deleted_at_once(
    editor: Client, conversation: Conversation
) -> None:
    kept = ConversationFactory.create()
    chosen = [str(conversation.pk), str(ConversationFactory.create().pk)]
    act = {"action": "delete_selected", "_selected_action": chosen}
    assert "Conversations: 2" in words(editor.post(listing("conversation"), act).content.decode())
    editor.post(listing("conversation"), {**act, "post": "yes"})
    assert list(Conversation.objects.all()) == [kept]


def test_deleting_needs_its_right(
    with_rights: Callable[..., Client], conversation: Conversation
) -> None:
    client = with_rights("view_conversation", "change_conversation")
    url = address("conversation", conversation.pk, "delete")
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert Conversation.objects.exists()


@pytest.mark.parametrize(
    ("action", "flagged", "said"),
    [
        ("flag", True, "1 answer: flagged for review."),
        ("unflag", False, "1 answer: flag taken off."),
    ],
)
def test_bulk_flagging_says_what_it_did_and_is_in_the_history(
    editor: Client, action: str, flagged: bool, said: str
) -> None:
    chosen = [AnswerFactory.create(flagged=True), AnswerFactory.create(flagged=False)]
    act = {"action": action, "_selected_action": [str(answer.pk) for answer in chosen]}
    html = editor.post(listing("answer"), act, follow=True).content.decode()
    assert said in words(html)
    assert set(Answer.objects.values_list("flagged", flat=True)) == {flagged}
    assert LogEntry.objects.count() == 1


def test_flagging_what_is_flagged_says_so(editor: Client) -> None:
    act = {"action": "flag", "_selected_action": [str(AnswerFactory.create(flagged=True).pk)]}
    html = editor.post(listing("answer"), act, follow=True).content.decode()
    assert "0 answers: flagged for review." in words(html)
    assert not LogEntry.objects.exists()


# ── conversations, feedback, the first page ──────────────────────────────────────────────────


def test_a_conversation_is_read_as_its_reader_saw_it(editor: Client) -> None:
    answer = AnswerFactory.create(question="Which one?", text="That one.", flagged=True)
    text = words(page(editor, address("conversation", answer.conversation_id)))
    assert "Which one? That one. Answered Supported Flagged" in text
    assert address("answer", answer.pk) in page(
        editor, address("conversation", answer.conversation_id)
    )


def test_the_list_of_conversations_counts_and_flags(editor: Client) -> None:
    answer = AnswerFactory.create(question="Opening", conversation__book__title="Robots")
    AnswerFactory.create(question="Second", conversation=answer.conversation, flagged=True)
    ConversationFactory.create()
    text = words(page(editor, listing("conversation")))
    assert "Opening Flagged Robots" in text
    assert "2 questions" in text
    assert "No question was kept" in text
    assert "0 questions" in text


def test_a_long_conversation_shows_its_end(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.answerpage.TURNS_SHOWN", 2)
    monkeypatch.setattr("desk.admin.conversations.TURNS_SHOWN", 2)
    conversation = ConversationFactory.create()
    for name in ("one", "two", "three"):
        AnswerFactory.create(conversation=conversation, question=f"Question {name}")
    text = words(page(editor, address("conversation", conversation.pk)))
    assert "Question one" not in text
    assert text.index("Question two") < text.index("Question three")
    assert "The latest 2 questions are shown." in text


def test_a_search_looks_at_the_newest_rows(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.admin.base.MOST_SEARCHED", 2)
    for number in range(3):
        FeedbackFactory.create(answer__question=f"Which node {number}?")
    for model in ("answer", "conversation", "feedback"):
        text = words(page(editor, listing(model), q="which node"))
        assert ["Which node 0?" in text, "Which node 2?" in text] == [False, True], model


def test_an_answer_leads_to_its_review(editor: Client) -> None:
    answer = AnswerFactory.create()
    assert "Open its review" not in page(editor, address("answer", answer.pk))
    review = reviewed(flagged())
    html = page(editor, address("answer", review.answer_id))
    assert (
        f'<a href="{reverse("admin:desk_review_change", args=[review.pk])}">Open its review' in html
    )


@pytest.mark.parametrize(
    ("search", "said", "other"),
    [({}, "No reader has asked yet.", "Show all"), ({"q": "lidar"}, "Show all", "No reader has")],
)
def test_an_empty_list_says_how_it_is_filled(
    editor: Client, search: dict[str, str], said: str, other: str
) -> None:
    text = words(page(editor, listing("answer"), **search))
    assert [said in text, other in text] == [True, False]


def test_pages_are_called_what_the_sidebar_calls_them(editor: Client) -> None:
    feedback = FeedbackFactory.create(answer__question="Where is the lidar?")
    html = page(editor, address("feedback", feedback.pk))
    names = [f"<bdi>{it}</bdi>" in html for it in ("Thumbs", "Where is the lidar?", "Feedback")]
    assert names == [True, True, False]


def test_feedback_leads_to_its_answer(editor: Client) -> None:
    feedback = FeedbackFactory.create(answer__question="Which one?", comment="Another\none.")
    html = page(editor, address("feedback", feedback.pk))
    assert address("answer", feedback.answer_id) in html
    assert "Another\none." in html
    assert "Which one?" in words(page(editor, listing("feedback")))


def test_a_thumb_without_a_word_opens_too(editor: Client) -> None:
    feedback = FeedbackFactory.create(helpful=True, reason="", comment="")
    assert "Helpful" in words(page(editor, address("feedback", feedback.pk)))
    assert "Helpful" in words(page(editor, address("answer", feedback.answer_id)))


def test_the_first_page_shows_what_waits(editor: Client) -> None:
    AnswerFactory.create_batch(6, flagged=True)
    AnswerFactory.create(question="A quiet one")
    html = page(editor, reverse("admin:index"))
    assert "6 reviews in the queue." in words(html)
    assert html.count('/change/"><bdi>') == 5
    assert "A quiet one" not in html


def test_the_first_page_counts_no_further_than_anybody_reads(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.site.MOST_COUNTED", 2)
    AnswerFactory.create_batch(3, flagged=True)
    assert "2+ reviews" in words(page(editor, reverse("admin:index")))


def test_the_first_page_is_calm_when_nothing_waits(editor: Client) -> None:
    text = words(page(editor, reverse("admin:index")))
    assert "Nothing. Well done." in text
    assert "ragbook" in text
    assert "The editors’ desk" in text
    names = ("Answers", "Conversations", "Thumbs", "Books", "Sections", "Accounts")
    order = [text.index(name) for name in names]
    assert order == sorted(order)


# ── queries do not grow with rows ────────────────────────────────────────────────────────────


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, url)
    return len(captured)


def full_answer(**values: Any) -> Answer:
    """An answer with everything that a list or a page may look at."""
    edition = EditionFactory.create()
    answer = AnswerFactory.create(
        conversation__book=edition.book, edition=edition, flagged=True, **values
    )
    grow(answer, 2)
    FeedbackFactory.create(answer=answer)
    return answer


def grow(answer: Answer, size: int) -> None:
    start = answer.citations.count()
    for n in range(start + 1, start + size + 1):
        CitationFactory.create(answer=answer, n=n)
        SentenceFactory.create(answer=answer, evidence=[evidence(n=n)], reasons=["not_covered"])
        AnswerFactory.create(conversation=answer.conversation)


@pytest.mark.parametrize("name", [*map(listing, PAGES)])
def test_a_list_of_twelve_costs_what_a_list_of_two_costs(editor: Client, name: str) -> None:
    for _ in range(2):
        full_answer()
    two = queries(editor, name)
    for _ in range(10):
        full_answer()
    assert queries(editor, name) == two
    assert two <= 12


@pytest.mark.parametrize("model", PAGES)
def test_a_page_with_twelve_parts_costs_what_one_with_two_costs(editor: Client, model: str) -> None:
    answer = full_answer()
    rows = {"answer": answer, "conversation": answer.conversation}
    url = address(model, rows.get(model, Feedback.objects.get()).pk)
    page(editor, url)  # what is kept in memory is asked for once
    two = queries(editor, url)
    grow(answer, 10)
    assert queries(editor, url) == two
    assert two <= 13


def test_deleting_twelve_asks_as_often_as_deleting_two(editor: Client) -> None:
    answer = full_answer()
    url = address("conversation", answer.conversation_id, "delete")
    two = queries(editor, url)
    grow(answer, 10)
    assert queries(editor, url) == two


# ── codes in plain words ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "code",
    [
        "number_missing:1847", "identifier_missing:ros2 bag", "name_missing:Humble",
        "code_line_missing:ros2 run x y", "argument_changed:--hard", "negation", "opposite",
        "stands_under:Windows", "not_covered", "no_passage",
    ],
)  # fmt: skip
def test_every_reason_of_the_judge_has_words(code: str) -> None:
    told = explain_reason(code)
    assert told.endswith(".")
    assert "_" not in told
    assert code.partition(":")[2] in told


@pytest.mark.parametrize("code", ["", "moon_phase", "number_missing", "negation:x", "a:b:c"])
def test_unknown_reasons_are_shown_as_they_are(code: str) -> None:
    assert explain_reason(code) == code


def test_every_verdict_outcome_and_failure_has_words() -> None:
    assert set(VERDICTS) == set(ANSWER_VERDICTS) == set(Verdict)
    assert set(OUTCOMES) == set(Outcome)
    assert all(explain_error(code) != code for code in FAILURES)
    assert meaning("tomorrow", VERDICTS).label == "tomorrow"
    assert explain_error("tomorrow") == "tomorrow"
