"""Tasks are one of several things that must end before a solution, and what was agreed runs out by the clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0019_mailbox_stuck")]
    operations = [
        operation
        for model in ("ticket", "historicalticket")
        for operation in (
            migrations.RenameField(model, "open_tasks", "open_matters"),
            migrations.AlterField(
                model,
                "open_matters",
                models.PositiveSmallIntegerField(default=0, verbose_name="what must end first"),
            ),
        )
    ] + [
        migrations.AddField("ticket", "agreed_due_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField(
            "ticket",
            "open_questions",
            models.PositiveSmallIntegerField(default=0, verbose_name="questions to the requester"),
        ),
    ]
