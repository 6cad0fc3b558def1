"""The texts of hand-over packages can be erased with those of their tickets; nothing else of a package ever changes."""

from django.db import migrations

from helpdesk.common.append_only import erasable


class Migration(migrations.Migration):
    dependencies = [("escalation", "0012_learn_from_team")]
    operations = [
        erasable("escalation_package", column="parts", kept=("id", "ticket_id", "made_at", "made_by_id", "facts"))
    ]
