"""Editors look after gaps and golden questions and start work; owners also switch editions."""

from django.db import migrations

from desk.granting import grant
from desk.people import EDITORS, OWNERS

EDIT = [
    "desk.gap.view",
    "desk.gap.change",
    "desk.goldenquestion.view",
    "desk.goldenquestion.add",
    "desk.goldenquestion.change",
    "desk.goldenquestion.delete",
    "desk.job.view",
    "desk.job.add",
    "desk.job.change",
]
OWN = ["retrieval.edition.change", "retrieval.edition.delete", "retrieval.sectionrule.view",
       "retrieval.sectionrule.add", "retrieval.sectionrule.change", "retrieval.sectionrule.delete"]


def give_rights(apps, schema_editor):
    grant(apps, EDITORS, [*EDIT, "retrieval.sectionrule.view"])
    grant(apps, OWNERS, EDIT + OWN)


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0006_gaps_golden_questions_and_jobs"),
        ("retrieval", "0005_budgets_personas_and_section_rules"),
    ]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
