"""The groups of the desk, each with the least rights that its work needs."""

from django.db import migrations

from desk.granting import grant
from desk.people import EDITORS, OWNERS

READ = [
    "chat.answer.view",
    "chat.conversation.view",
    "chat.feedback.view",
    "chat.audit.view",
    "chat.finding.view",
    "retrieval.book.view",
    "retrieval.edition.view",
    "retrieval.section.view",
]
EDIT = ["chat.answer.change", "chat.finding.change"]
OWN = [
    "desk.assignment.every_book",
    "desk.assignment.export_conversations",
    "desk.assignment.view",
    "desk.assignment.add",
    "desk.assignment.change",
    "desk.assignment.delete",
    "auth.user.view",
    "auth.user.add",
    "auth.user.change",
    "chat.conversation.delete",
    "retrieval.book.change",
]


def make_groups(apps, schema_editor):
    grant(apps, EDITORS, READ + EDIT)
    grant(apps, OWNERS, READ + EDIT + OWN)


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_assignments"),
        ("chat", "0002_audits"),
        ("retrieval", "0002_fingerprints_and_reports"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
