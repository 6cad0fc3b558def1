"""Policy versions are never changed, so that a ticket can always be judged by the one it had."""

from django.db import migrations

from helpdesk.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("escalation", "0009_rules_for_groups"), ("tickets", "0002_append_only")]
    operations = [append_only("escalation_slapolicyversion")]
