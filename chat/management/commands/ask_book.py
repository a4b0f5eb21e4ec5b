"""``ask_book SLUG QUESTION``: the answer a reader would get, on the command line."""

from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from chat import answering, keeping
from chat.consumers import explain
from chat.database import db
from chat.errors import ChatError
from chat.events import AnswerFailed, AnswerSentence, AnswerWithheld, ends
from chat.reply import answer_json
from chat.schemas import Question


class Command(BaseCommand):
    help = "Ask a book, and print the checked answer with the passages that prove it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("book", metavar="SLUG")
        parser.add_argument("question", metavar="QUESTION")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            question = Question(book=options["book"], question=options["question"])
            answer = asyncio.run(self._ask(question, live=not options["json"]))
        except ValidationError as error:
            raise CommandError(explain(error), returncode=2) from error
        except ChatError as error:
            raise CommandError(error.message, returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_closing(answer)))

    async def _ask(self, question: Question, *, live: bool) -> dict[str, Any]:
        begun = await answering.ask(question)
        async with aclosing(answering.follow(begun.answer, begun.token)) as events:
            async for event in events:
                if live and isinstance(event, AnswerSentence):
                    marks = "".join(f" [{n}]" for n in event.citations)
                    self.stdout.write(f"{event.text}{marks}")
                elif live and isinstance(event, AnswerWithheld):
                    self.stdout.write(f"(a sentence was left out: {event.reason})")
                elif live and isinstance(event, AnswerFailed):
                    self.stderr.write(event.message)
                if ends(event):
                    break
        return answer_json(await db(keeping.open_answer, begun.answer, begun.token))


def _closing(answer: dict[str, Any]) -> Iterator[str]:
    timings = answer["timings"]
    yield ""
    for citation in answer["citations"]:
        yield f"[{citation['n']}] {' › '.join(citation['heading_path'])}\n    {citation['url']}"
    yield (
        f"{answer['outcome']}, {answer['verdict']}, {answer['withheld']} left out; "
        f"search {timings['retrieve_ms'] or 0:.0f} ms, all {timings['total_ms'] or 0:.0f} ms"
    )
