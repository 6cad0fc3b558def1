"""The audit trail, and what else is evidence: the database itself refuses to change it."""

from django.db import migrations

from helpdesk.common.append_only import append_only

# What was promised stays; only the sweep's own two columns change.
PROMISED = "id, ticket_id, promised_at, made_at, made_by_id, origin, proposal_id"


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_tables")]
    operations = [
        append_only("tickets_ticketevent"),
        append_only("tickets_auditanchor"),
        append_only("tickets_incidentupdate"),
        append_only("tickets_promisedtime", columns=PROMISED),
        append_only("tickets_confidentialread"),
        append_only("tickets_breakglass"),
        append_only("tickets_evidence"),
        append_only("tickets_custodyentry"),
    ]
