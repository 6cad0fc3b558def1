"""What was sent, handed over and in force: the database itself refuses to change it.

The texts of hand-over packages can be erased with those of their tickets; nothing else of a package ever changes.
"""

from django.db import migrations

from helpdesk.common.append_only import append_only, erasable


class Migration(migrations.Migration):
    # Databases made before, in these steps, have it already.
    replaces = [
        ("escalation", "0006_packages_append_only"),
        ("escalation", "0010_versions_append_only"),
        ("escalation", "0013_erased_packages"),
    ]
    dependencies = [("escalation", "0001_tables")]
    operations = [
        erasable("escalation_package", column="parts", kept=("id", "ticket_id", "made_at", "made_by_id", "facts")),
        append_only("escalation_firing"),
        append_only("escalation_slapolicyversion"),
    ]
