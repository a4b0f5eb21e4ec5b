"""The audit: what readers were told, held against a book that has moved on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from chat import audit as auditing
from chat import keeping
from chat.audit import audit
from chat.errors import JudgeUnavailable
from chat.grounding.judge import LocalJudge
from chat.models import Answer, Audit, Citation, Finding, Sentence
from chat.sentences import SentenceSplitter
from chat.tokens import token_for
from chat.verdict import Outcome, Verdict
from retrieval.editions import prune, rollback
from retrieval.errors import BookNotFound
from retrieval.models import Book
from retrieval.search import search, token_vectors
from tests.books import ingest_quietly
from tests.chat.factories import AnswerFactory, ConversationFactory

pytestmark = pytest.mark.django_db(transaction=True)

DEPTH = "The default queue depth of a publisher is 10 messages."
LISTING = "The command prints one name per line."
LOST = "The change is lost when the node ends."
NAMING = "A node name may hold letters, digits and underscores."
FIVE_SECONDS = "It returns after 5 seconds at the latest."

BOTH = "The command prints one name per line, and it returns after two seconds at the latest."

QUESTIONS = {
    BOTH: "How do I list the names of all running nodes?",
    DEPTH: "What is the default queue depth of a publisher?",
    LISTING: "How do I list the names of all running nodes?",
    LOST: "Is a parameter that I set lost when the node ends?",
    NAMING: "What may a node name hold?",
    FIVE_SECONDS: "How long does listing the names of all running nodes take?",
}


@pytest.fixture
def source(robots: Book, tmp_path: Path) -> Path:
    """The folder of the book, which is ingested and live."""
    return tmp_path / "robots"


def told(*sentences: str) -> Answer:
    """A stored answer that says this, judged as it would have been."""
    book = Book.objects.get(slug="robots")
    answer = AnswerFactory.create(
        conversation=ConversationFactory.create(book=book),
        edition=book.live,
        question=QUESTIONS[sentences[0]],
        text=" ".join(sentences),
        finished=timezone.now(),
    )
    found = search("robots", answer.question)
    keeping.save(keeping.sources(answer.pk, found.found))
    keeping.save(_judged(answer, LocalJudge(found.passages, answer.question, token_vectors)))
    kept = Sentence.objects.filter(answer=answer)
    numbers = {n for sentence in kept if sentence.shown for n in sentence.citation_numbers}
    Citation.objects.filter(answer=answer, n__in=numbers).update(cited=True)
    Answer.objects.filter(pk=answer.pk).update(withheld=kept.filter(shown=False).count())
    return answer


def _judged(answer: Answer, judge: LocalJudge) -> list[Sentence]:
    splitter = SentenceSplitter()
    numbers = dict(answer.citations.values_list("chunk_key", "n"))
    judged = [(p, judge.judge(p)) for p in [*splitter.feed(answer.text), *splitter.finish()]]
    return [
        Sentence(
            answer=answer, ordinal=ordinal, text=piece.text, tree=piece.tree,
            verdict=judgement.verdict, support=judgement.support,
            shown=judgement.verdict is Verdict.SUPPORTED, reasons=list(judgement.reasons),
            evidence=[
                {"n": numbers[item.key], "key": item.key, "start": item.start, "end": item.end,
                 "quote": item.quote}
                for item in judgement.evidence
            ],
        )
        for ordinal, (piece, judgement) in enumerate(judged)
    ]  # fmt: skip


def change(source: Path, page: str, old: str, new: str) -> None:
    """Ingest the book again with other words on a page."""
    file = source / "docs" / page
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    ingest_quietly(source)


def audited(**options: Any) -> Audit:
    return audit("robots", lambda *_: None, **options)


def kinds(answer: Answer) -> list[str]:
    findings = Finding.objects.filter(sentence__answer=answer).order_by("sentence__ordinal")
    return [finding.kind for finding in findings]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_grounding", *arguments, stdout=out)
    return out.getvalue()


# ── what is found ────────────────────────────────────────────────────────────────────────────


def test_what_has_not_changed_is_not_audited(source: Path) -> None:
    answer = told(DEPTH)
    change(source, "nodes.md", "one name per line", "each name on a line")
    done = audited()
    assert (done.state, done.answers, done.sentences) == (Audit.State.DONE, 0, 0)
    assert kinds(answer) == []


def test_a_changed_passage_that_says_otherwise_breaks_the_answer(source: Path) -> None:
    answer, other = told(DEPTH), told(LISTING)
    change(source, "topics.md", " 10 ", " 20 ")
    done = audited()
    assert (done.answers, done.sentences, done.broken) == (1, 1, 1)
    (finding,) = Finding.objects.filter(sentence__answer=answer)
    assert (finding.kind, finding.resolved) == (Finding.Kind.BROKEN, False)
    assert "is 10 messages" in finding.old_text
    assert "is 20 messages" in finding.new_text
    assert finding.new_heading_path == ["Topics", "Quality of service"]
    assert (finding.old_verdict, finding.verdict) == (Verdict.SUPPORTED, Verdict.UNSUPPORTED)
    assert "number_missing:10" in finding.reasons
    flags = dict(Answer.objects.values_list("pk", "flagged"))
    assert flags == {answer.pk: True, other.pk: False}


def test_a_removed_page_breaks_what_rested_on_it(source: Path) -> None:
    answer = told(LOST)
    (source / "docs/parameters.md").unlink()
    ingest_quietly(source)
    assert audited().broken == 1
    (finding,) = Finding.objects.filter(sentence__answer=answer)
    assert "lost when the node ends" in finding.old_text
    assert (finding.new_text, finding.new_key, finding.new_url) == ("", "", "")


def test_a_page_that_moved_still_supports_what_it_says(source: Path) -> None:
    answer = told(LISTING)
    (source / "docs/basics").mkdir()
    (source / "docs/nodes.md").rename(source / "docs/basics/nodes.md")
    ingest_quietly(source)
    done = audited()
    assert (done.still_supported, done.broken) == (1, 0)
    (finding,) = Finding.objects.filter(sentence__answer=answer)
    assert (finding.kind, finding.resolved) == (Finding.Kind.STILL_SUPPORTED, True)
    assert finding.new_url == "https://robots.example.org/docs/basics/nodes#listing-nodes"
    assert finding.old_text == finding.new_text
    assert not Answer.objects.flagged().exists()


def test_words_that_moved_to_another_page_are_found_by_a_search(source: Path) -> None:
    answer = told(NAMING)
    (source / "docs/names.md").write_text(f"# Names\n\n{NAMING} Mind the length.\n")
    change(source, "nodes.md", NAMING, "Nothing is said of this here any more.")
    assert audited().broken == 0
    (finding,) = Finding.objects.filter(sentence__answer=answer)
    assert finding.kind == Finding.Kind.STILL_SUPPORTED
    assert finding.new_heading_path == ["Names"]


def test_a_change_beside_the_quoted_words_leaves_their_sentence_alone(source: Path) -> None:
    answer = told(DEPTH)
    change(source, "topics.md", "| keep last |", "| keep all |")
    done = audited()
    assert (done.still_supported, kinds(answer)) == (1, ["still_supported"])


def test_a_withheld_sentence_that_the_book_proves_now_is_repaired(source: Path) -> None:
    answer = told(FIVE_SECONDS)
    assert not Sentence.objects.get().shown
    change(source, "nodes.md", "after two seconds", "after 5 seconds")
    done = audited()
    assert (done.repaired, kinds(answer)) == (1, ["repaired"])
    assert "5 seconds" in Finding.objects.get().new_text
    assert not Sentence.objects.get().shown, "what a reader saw is not rewritten"


@pytest.mark.parametrize(("mode", "kind"), [("strict", "broken"), ("annotate", "weaker")])
def test_what_is_said_in_part_only_breaks_a_strict_answer(
    source: Path, mode: str, kind: str
) -> None:
    """A strict book would not show it any more, an annotated one marks it as partly proved."""
    answer = told(BOTH)
    Answer.objects.update(mode=mode)
    change(source, "nodes.md", "It returns after two seconds at the latest.", "Mind the network.")
    audited()
    assert kinds(answer) == [kind]
    assert Answer.objects.flagged().exists() == (kind == "broken")


def test_what_a_strict_book_withheld_for_half_a_proof_is_not_broken_by_losing_it(
    source: Path,
) -> None:
    answer = told(BOTH)
    Sentence.objects.update(verdict=Verdict.PARTLY, shown=False)
    Answer.objects.update(withheld=1)
    (source / "docs/nodes.md").unlink()
    ingest_quietly(source)
    assert audited().answers == 1
    assert kinds(answer) == []


def test_a_paraphrase_of_a_model_breaks_when_its_quoted_words_are_gone(source: Path) -> None:
    """This judge proves it neither then nor now, but what proved it stands no more."""
    answer = told(DEPTH)
    Sentence.objects.update(text="Ten waiting items fit in by default.", tree={})
    change(source, "topics.md", DEPTH, "Nothing is said of queues.")
    audited()
    assert kinds(answer) == ["broken"]


def test_all_of_the_quoted_words_have_to_stand(source: Path) -> None:
    answer = told(BOTH)
    (first, *_) = Sentence.objects.get().evidence
    text = Citation.objects.get(answer=answer, n=first["n"]).text
    quotes = [LISTING, "It returns after two seconds at the latest."]
    Sentence.objects.update(
        evidence=[
            {**first, "start": text.index(quote), "end": text.index(quote) + len(quote)}
            for quote in quotes
        ]
    )
    change(source, "nodes.md", LISTING, "Mind the network.")
    audited()
    assert kinds(answer) in (["weaker"], ["broken"])


def test_what_this_judge_never_proved_is_weaker_and_not_broken(source: Path) -> None:
    """A model, or an editor's older judge, took a paraphrase for proved."""
    answer = told(DEPTH)
    Sentence.objects.update(text="Ten waiting items fit in by default.", tree={})
    change(source, "topics.md", "is 10 messages", "is exactly 10 messages")
    assert audited().weaker == 1
    assert kinds(answer) == ["weaker"]


def test_what_was_withheld_though_the_book_proved_it_is_not_repaired(source: Path) -> None:
    answer = told(DEPTH)
    Sentence.objects.update(verdict=Verdict.UNSUPPORTED, shown=False)
    Answer.objects.update(withheld=1)
    change(source, "topics.md", "| keep last |", "| keep all |")
    assert audited().answers == 1
    assert kinds(answer) == []


def test_without_a_change_everything_stays_supported_and_nothing_is_stored(source: Path) -> None:
    told(DEPTH, LISTING)
    told(LOST)
    done = audited(everything=True)
    assert (done.answers, done.still_supported) == (2, done.sentences)
    assert not Finding.objects.exists()


# ── again and again ──────────────────────────────────────────────────────────────────────────


def test_an_answer_is_audited_once_for_each_edition(source: Path) -> None:
    told(DEPTH)
    change(source, "topics.md", " 10 ", " 20 ")
    assert audited().answers == 1
    assert audited().answers == 0
    change(source, "topics.md", " 20 ", " 30 ")
    assert audited().answers == 1


def test_a_passage_that_comes_back_takes_its_finding_away(source: Path) -> None:
    answer = told(DEPTH)
    change(source, "topics.md", " 10 ", " 20 ")
    audited()
    rollback("robots")
    audited()
    assert kinds(answer) == []


def test_what_an_editor_settled_is_not_raised_again(source: Path) -> None:
    answer = told(DEPTH)
    change(source, "topics.md", " 10 ", " 20 ")
    audited()
    Finding.objects.update(resolved=True)
    Answer.objects.update(flagged=False)
    change(source, "parameters.md", "The change is lost", "The new value is lost")
    assert audited().broken == 1
    assert Finding.objects.get().resolved
    answer.refresh_from_db()
    assert not answer.flagged


def test_old_editions_may_be_pruned_before_the_audit(source: Path) -> None:
    told(DEPTH)
    change(source, "topics.md", " 10 ", " 20 ")
    prune("robots", 1)
    assert audited().broken == 1


def test_running_and_failed_answers_are_left_alone(source: Path) -> None:
    told(DEPTH)
    Answer.objects.update(outcome=Outcome.RUNNING)
    told(DEPTH)
    Answer.objects.filter(outcome=Outcome.ANSWERED).update(outcome=Outcome.FAILED)
    change(source, "topics.md", " 10 ", " 20 ")
    assert audited(everything=True).answers == 0


def test_another_book_is_left_alone(source: Path) -> None:
    told(DEPTH)
    ingest_quietly(source, "other")
    assert audit("other", lambda *_: None, everything=True).answers == 0


# ── broken off, and beside others ────────────────────────────────────────────────────────────


def many(count: int) -> None:
    for _ in range(count):
        told(DEPTH)


def stop_after(batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """End an audit when it has stored so many batches."""
    stored = auditing._stored
    done = 0

    def storing(*arguments: Any) -> bool:
        nonlocal done
        if done == batches:
            raise KeyboardInterrupt
        done += 1
        return stored(*arguments)

    monkeypatch.setattr(auditing, "_stored", storing)


def break_off(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store so many answers, and end their audit after the first two."""
    many(count)
    monkeypatch.setitem(auditing.BATCHES, "local", 2)
    with monkeypatch.context() as patch:
        stop_after(1, patch)
        with pytest.raises(KeyboardInterrupt):
            audited(everything=True)


def test_a_broken_off_audit_goes_on_where_it_was(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(5, monkeypatch)
    broken_off = Audit.objects.get()
    assert (broken_off.state, broken_off.answers, broken_off.total) == ("running", 2, 5)
    seen: list[tuple[str, int, int]] = []
    done = audit("robots", lambda *step: seen.append(step), resume=True)
    assert (done.pk, done.state, done.answers) == (broken_off.pk, "done", 5)
    assert seen == [("Auditing", n, 5) for n in (2, 4, 5)]


def test_without_resume_an_audit_begins_anew(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_off(3, monkeypatch)
    assert audited(everything=True).answers == 3
    assert sorted(Audit.objects.values_list("state", flat=True)) == ["done", "replaced"]
    assert audited(resume=True).answers == 0, "there is nothing to resume, so a new one is made"


def test_an_audit_that_is_resumed_after_an_ingest_begins_again(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(3, monkeypatch)
    change(source, "topics.md", " 10 ", " 20 ")
    done = audited(resume=True)
    assert (done.answers, done.broken) == (3, 3)
    assert done.edition == Book.objects.get().live


def test_an_edition_that_goes_live_meanwhile_begins_the_audit_again(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(DEPTH)
    stored = auditing._stored
    ingested: list[bool] = []

    def storing(*arguments: Any) -> bool:
        if not ingested:
            ingested.append(True)
            change(source, "topics.md", " 10 ", " 20 ")
        return stored(*arguments)

    monkeypatch.setattr(auditing, "_stored", storing)
    done = audited(everything=True)
    assert (done.answers, done.broken) == (1, 1)
    assert done.edition == Book.objects.get().live


def test_a_reader_may_erase_an_answer_while_it_is_audited(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(2)
    change(source, "topics.md", " 10 ", " 20 ")
    stored = auditing._stored

    def storing(*arguments: Any) -> bool:
        answer = Answer.objects.order_by("pk")[0]
        keeping.erase(answer.conversation_id, token_for(answer.conversation_id))
        return stored(*arguments)

    monkeypatch.setattr(auditing, "_stored", storing)
    assert audited().broken == 2
    assert Finding.objects.count() == Answer.objects.flagged().count() == 1


def test_readers_are_answered_and_a_second_audit_runs_meanwhile(source: Path) -> None:
    many(4)
    change(source, "topics.md", " 10 ", " 20 ")
    failures: list[BaseException] = []

    def beside() -> None:
        try:
            told(LISTING)
            audited(everything=True)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = Thread(target=beside)
    thread.start()
    audited(everything=True)
    thread.join()
    assert failures == []
    assert Finding.objects.filter(kind=Finding.Kind.BROKEN).count() == 4
    assert Answer.objects.flagged().count() == 4


def test_memory_does_not_grow_with_the_number_of_answers(
    source: Path, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    many(6)
    monkeypatch.setitem(auditing.BATCHES, "local", 3)
    held: list[int] = []
    following = auditing._next

    def batches(*arguments: Any) -> list[Answer]:
        answers = following(*arguments)
        held.append(len(answers))
        return answers

    monkeypatch.setattr(auditing, "_next", batches)
    with django_assert_max_num_queries(60):
        audited(everything=True)
    assert held == [3, 3, 0]


# ── the command ──────────────────────────────────────────────────────────────────────────────


def test_the_command_tells_what_it_found(source: Path) -> None:
    assert run("robots") == "robots: no answer to audit.\n"
    told(DEPTH)
    change(source, "topics.md", " 10 ", " 20 ")
    assert run() == (
        "robots: 1 answers with 1 sentences held against edition 2: "
        "0 still supported, 0 weaker, 1 broken, 0 repaired.\n"
    )


def test_the_command_prints_one_json_object(source: Path) -> None:
    answer = told(DEPTH)
    change(source, "topics.md", " 10 ", " 20 ")
    report = json.loads(run("robots", "--json"))
    assert (report["answers"], report["broken"], report["findings_left_out"]) == (1, 1, 0)
    assert report["books"][0]["edition"] == 2
    (finding,) = report["findings"]
    assert (finding["kind"], finding["answer"]) == ("broken", str(answer.pk))
    assert finding["sentence"] == DEPTH
    assert "10 messages" in finding["old"]["text"]
    assert "20 messages" in finding["new"]["text"]


def test_whoever_ingests_or_rolls_back_is_told_which_answers_wait(source: Path) -> None:
    told(DEPTH)
    told(LISTING)
    page = source / "docs/topics.md"
    page.write_text(page.read_text("utf-8").replace(" 10 ", " 20 "), "utf-8")
    line = "1 answer waits for an audit, since passages changed: audit_grounding robots"
    assert line in commanded("ingest_book", str(source), "--book", "robots")
    assert "audit" not in commanded("ingest_book", str(source), "--book", "robots")
    audited()
    assert line in commanded("rollback_book", "robots")


def commanded(*arguments: str) -> str:
    """What a command says on standard error."""
    error = StringIO()
    call_command(*arguments, stdout=StringIO(), stderr=error)
    return error.getvalue()


@pytest.mark.parametrize("threshold", ["broken", "weaker"])
def test_a_broken_sentence_ends_the_command_with_1(source: Path, threshold: str) -> None:
    told(DEPTH)
    run("robots", "--all", "--fail-on", threshold)
    change(source, "topics.md", " 10 ", " 20 ")
    with pytest.raises(CommandError, match="1 sentences broken") as failed:
        run("robots", "--fail-on", threshold)
    assert failed.value.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "no published book 'nowhere'"),
        (["--since", "yesterday"], "--since needs a date"),
        (["--since", "2026-02-31"], "--since needs a date"),
    ],
)
def test_unusable_input_ends_the_command_with_2(
    source: Path, arguments: Sequence[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message) as failed:
        run(*arguments)
    assert failed.value.returncode == 2


def test_only_answers_from_a_day_on_are_audited(source: Path) -> None:
    old, _ = told(DEPTH), told(LISTING)
    Answer.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(days=9))
    report = json.loads(run("--all", "--json", "--since", f"{timezone.now():%Y-%m-%d}"))
    assert report["answers"] == 1


def test_an_unpublished_book_and_an_unknown_judge_are_refused(source: Path) -> None:
    with pytest.raises(JudgeUnavailable, match="no judge 'oracle'"):
        audited(judge="oracle")
    Book.objects.update(published=False)
    with pytest.raises(BookNotFound):
        audited()
