"""``audit_grounding [SLUG]``: hold what readers were told against the book as it is now."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware

from chat.audit import COUNTS, audit
from chat.errors import ChatError
from chat.models import Audit, Finding
from retrieval.management.bookcommand import BookCommand, unusable_input
from retrieval.management.progress import ProgressBar
from retrieval.models import Book

KINDS = Finding.Kind.values
FINDINGS_TOLD = 1_000


class Command(BookCommand):
    help = (
        "Judge stored answers again by the live edition of their book: those whose cited passages "
        "changed or vanished. Broken answers are flagged for editors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", help="The book. Without it: every published book.")
        parser.add_argument("--since", metavar="DATE", help="Only answers from this day on.")
        parser.add_argument(
            "--all", action="store_true", help="Also answers whose passages have not changed."
        )
        parser.add_argument(
            "--judge", choices=("local", "llm"), default="local",
            help="llm: the configured model decides, and where it fails the local judge does.",
        )  # fmt: skip
        parser.add_argument(
            "--max-tokens", type=int, metavar="N",
            help="Of --judge llm: the most tokens that a book's audit may use.",
        )  # fmt: skip
        parser.add_argument(
            "--resume", action="store_true", help="Go on with an audit that was broken off."
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        parser.add_argument(
            "--fail-on", choices=("broken", "weaker"),
            help="Exit with status 1 if a sentence is broken (or weaker).",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        since, token_limit = _moment(options["since"]), _token_limit(options)
        try:
            with unusable_input(), ProgressBar(sys.stderr) as progress:
                runs = [
                    audit(
                        slug, progress, since=since, everything=options["all"],
                        judge=options["judge"], token_limit=token_limit,
                        resume=options["resume"],
                    )
                    for slug in _slugs(options["slug"])
                ]  # fmt: skip
        except ChatError as error:
            raise CommandError(error.message, returncode=2) from error
        self.stdout.write(_as_json(runs) if options["json"] else "\n".join(map(_as_text, runs)))
        _hold(runs, options["fail_on"])


def _moment(text: str | None) -> datetime | None:
    """A date or a date with time, in the server's time zone unless it names its own."""
    if text is None:
        return None
    try:
        day = parse_date(text)
        moment = datetime.combine(day, datetime.min.time()) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--since needs a date such as 2026-05-31, not {text!r}.", returncode=2)
    return make_aware(moment) if is_naive(moment) else moment


def _token_limit(options: dict[str, Any]) -> int | None:
    limit: int | None = options["max_tokens"]
    if limit is not None and options["judge"] != "llm":
        raise CommandError("--max-tokens is for --judge llm.", returncode=2)
    if limit is not None and limit < settings.RAGBOOK_JUDGE_TOKENS:
        least = settings.RAGBOOK_JUDGE_TOKENS
        raise CommandError(
            f"--max-tokens is at least {least}, which one call may read (RAGBOOK_JUDGE_TOKENS).",
            returncode=2,
        )
    return limit


def _slugs(slug: str | None) -> Iterable[str]:
    return [slug] if slug else Book.objects.served().order_by("slug").values_list("slug", flat=True)


def _as_text(run: Audit) -> str:
    if not run.answers:
        return f"{run.book.slug}: no answer to audit."
    kinds = ", ".join(f"{getattr(run, kind)} {kind.replace('_', ' ')}" for kind in KINDS)
    edition = run.edition.number if run.edition else "?"
    return (
        f"{run.book.slug}: {run.answers} answers with {run.sentences} sentences held against "
        f"edition {edition}: {kinds}.{_as_asked(run)}"
    )


def _as_asked(run: Audit) -> str:
    """What became of the questions to the model, if it was asked to judge."""
    if run.judge != "llm":
        return ""
    return (
        f" The model was asked about {run.asked} answers ({run.tokens} tokens); "
        f"{run.left_local} were left to the local judge."
    )


def _as_json(runs: Sequence[Audit]) -> str:
    """Counts of all runs and of each, and what is new for an editor."""
    names = (*COUNTS, *KINDS)
    told = {
        **{name: sum(getattr(run, name) for run in runs) for name in names},
        "books": [
            {
                "book": run.book.slug,
                "edition": run.edition.number if run.edition else None,
                "judge": run.judge,
                **{name: getattr(run, name) for name in names},
            }
            for run in runs
        ],
        "findings": [_finding(finding) for finding in _open(runs)[:FINDINGS_TOLD]],
        "findings_left_out": max(0, _open(runs).count() - FINDINGS_TOLD),
    }
    return json.dumps(told, ensure_ascii=False)


def _open(runs: Sequence[Audit]) -> Any:
    findings = Finding.objects.open().filter(audit__in=runs).order_by("pk")
    return findings.select_related("sentence")


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "answer": str(finding.sentence.answer_id),
        "ordinal": finding.sentence.ordinal,
        "sentence": finding.sentence.text,
        "old": {
            "verdict": finding.old_verdict, "support": finding.old_support,
            "key": finding.old_key, "text": finding.old_text,
        },
        "new": {
            "verdict": finding.verdict, "support": finding.support, "reasons": finding.reasons,
            "key": finding.new_key, "text": finding.new_text, "url": finding.new_url,
        },
    }  # fmt: skip


def _hold(runs: Sequence[Audit], fail_on: str | None) -> None:
    broken, weaker = sum(run.broken for run in runs), sum(run.weaker for run in runs)
    if fail_on and (broken or (fail_on == "weaker" and weaker)):
        raise CommandError(f"{broken} sentences broken, {weaker} weaker.", returncode=1)
