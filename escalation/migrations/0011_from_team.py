"""Escalations keep whose the ticket was when it went up."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("escalation", "0010_versions_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="escalation",
            name="from_team",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
            ),
        ),
    ]
