"""Decisions by a command: the same rights, the same trail."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from desk.models import Assignment
from desk.people import EDITORS
from desk.review import ReviewEvent, State
from desk.reviewing import claim
from tests.desk.cast import again, editor, reviewed
from tests.desk.conftest import member

pytestmark = pytest.mark.django_db


def test_a_command_decides_in_an_editors_name_and_leaves_others_work_alone() -> None:
    mine, theirs = reviewed(), reviewed()
    eda = member(EDITORS, "eda")
    for review in (mine, theirs):
        Assignment.objects.create(editor=eda, book=review.book)
    claim(theirs, editor("otto"))
    out = StringIO()
    with pytest.raises(CommandError, match="Somebody else") as left:
        call_command("decide_reviews", "approve", mine.pk, theirs.pk, name="eda", stdout=out)
    assert left.value.returncode == 1
    assert out.getvalue() == "1 decided, 1 left alone.\n"
    assert (again(mine).state, again(theirs).state) == (State.APPROVED, State.CLAIMED)
    assert ReviewEvent.objects.filter(review=mine, who="eda", via="command").exists()


def test_who_may_not_review_decides_nothing() -> None:
    review = reviewed()
    member(EDITORS, "eda")  # of no book
    for name, told in [("nobody", "not an account"), ("eda", "No such reviews of eda's books")]:
        with pytest.raises(CommandError, match=told) as refused:
            call_command("decide_reviews", "reject", review.pk, name=name)
        assert refused.value.returncode == 2
    assert again(review).state == State.OPEN
