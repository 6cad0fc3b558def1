"""Hand-over packages and passed thresholds are never changed: the database itself refuses it, as for the audit trail."""

from django.db import migrations

from helpdesk.common.append_only import append_only


class Migration(migrations.Migration):
    # The function that refuses comes from there.
    dependencies = [("escalation", "0005_handovers"), ("tickets", "0002_append_only")]
    operations = [append_only("escalation_package"), append_only("escalation_firing")]
