"""``decide_reviews``: what editors do at the desk, for scripts, with the same trail."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from desk import reviewing
from desk.gathering import gather
from desk.people import in_reach
from desk.review import Review, ReviewEvent, State
from desk.reviewing import Editor

_DECISIONS: Final = {"approve": State.APPROVED, "reject": State.REJECTED}


class Command(BaseCommand):
    help = (
        "Approve or reject reviews in the name of an editor, who needs the right to do so. What "
        "others have claimed or decided is left alone; then the exit status is 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("decision", choices=_DECISIONS)
        parser.add_argument("reviews", nargs="+", type=int, metavar="REVIEW", help="numbers")
        parser.add_argument("--as", dest="name", required=True, help="the editor's account")

    def handle(self, *args: Any, **options: Any) -> None:
        editor = _editor(options["name"])
        gather()
        reviews = in_reach(Review.objects.filter(pk__in=options["reviews"]), editor.user, "book")
        if missing := set(options["reviews"]) - set(reviews.values_list("pk", flat=True)):
            numbers = ", ".join(map(str, sorted(missing)))
            raise CommandError(f"No such reviews of {editor.user}'s books: {numbers}", returncode=2)
        outcome = reviewing.decide_all(reviews, _DECISIONS[options["decision"]], editor)
        self.stdout.write(f"{outcome.done} decided, {outcome.left} left alone.")
        if outcome.left:
            raise CommandError("Somebody else has some of them.", returncode=1)


def _editor(name: str) -> Editor:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None or not user.has_perm("desk.change_review"):
        raise CommandError(f"{name!r} is not an account that may review.", returncode=2)
    return Editor(user, ReviewEvent.Via.COMMAND)
