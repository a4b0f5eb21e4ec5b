"""What a page asks about the titles of other pages, noted so that it can be asked again."""

from __future__ import annotations

from collections.abc import MutableMapping

from retrieval.readers.source import Question
from retrieval.readers.sphinx.page import Titles


class AskedTitles:
    """The titles of a book as one page asks for them, noted in ``answers``."""

    def __init__(self, titles: Titles, answers: MutableMapping[Question, str]) -> None:
        self._titles = titles
        self._answers = answers

    def of_page(self, target: str, page: str) -> str:
        return self._answer("page", target, page)

    def of_label(self, label: str) -> str:
        return self._answer("label", label)

    def of_link(self, target: str, page: str) -> str:
        return self._answer("link", target, page)

    def _answer(self, *question: str) -> str:
        answer = self._answers[question] = title_answer(self._titles, question)
        return answer


def title_answer(titles: Titles, question: Question) -> str:
    """The title that a reference would show now; "" to a question about anything else."""
    match question:
        case ("page", target, page):
            return titles.of_page(target, page)
        case ("label", label):
            return titles.of_label(label)
        case ("link", target, page):
            return titles.of_link(target, page)
    return ""
