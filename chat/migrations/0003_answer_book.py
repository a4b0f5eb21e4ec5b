import django.db.models.deletion
from django.db import migrations, models


def fill(apps, schema_editor):
    """Every answer gets its conversation's book, in one statement."""
    conversations = apps.get_model("chat", "Conversation").objects
    own = conversations.filter(pk=models.OuterRef("conversation_id")).order_by().values("book")
    apps.get_model("chat", "Answer").objects.update(book=models.Subquery(own))


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0002_audits"),
        ("retrieval", "0002_fingerprints_and_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="book",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                help_text="The conversation's book, here for the sake of indexes.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="retrieval.book",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
