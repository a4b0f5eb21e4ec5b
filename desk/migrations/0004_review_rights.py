"""Editors review: they see the queue and act on it, and read what was corrected."""

from django.db import migrations

from desk.granting import grant
from desk.people import EDITORS, OWNERS

REVIEW = ["desk.review.view", "desk.review.change", "chat.correction.view"]


def let_editors_review(apps, schema_editor):
    for group in (EDITORS, OWNERS):
        grant(apps, group, REVIEW)


class Migration(migrations.Migration):
    dependencies = [("desk", "0003_reviews"), ("chat", "0005_corrections")]
    operations = [migrations.RunPython(let_editors_review, migrations.RunPython.noop)]
