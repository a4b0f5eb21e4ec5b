from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0003_answer_book")]

    operations = [
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                fields=["book", "-flagged", "-created"], name="answer_book_flagged"
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                fields=[
                    "book", "created", "outcome", "verdict", "flagged", "withheld",
                    "first_sentence_ms", "input_tokens", "output_tokens",
                ],
                name="answer_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["book", "-last_asked"], name="conversation_book_latest"),
        ),
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(fields=["-created"], name="feedback_latest"),
        ),
    ]
