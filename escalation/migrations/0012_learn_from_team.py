"""Escalations from before learn whose the ticket was from its trail."""

from django.db import migrations


def learn_from_trail(apps, schema_editor):
    Escalation = apps.get_model("escalation", "Escalation")
    TicketEvent = apps.get_model("tickets", "TicketEvent")
    for escalation in Escalation.objects.select_related("ticket"):
        events = TicketEvent.objects.filter(ticket=escalation.ticket).order_by("sequence")
        begun = events.filter(code="handover_offered", created_at=escalation.began_at).first()
        if begun is None:
            continue
        later = events.filter(sequence__gt=begun.sequence).values_list("data", flat=True)
        changes = (data.get("changes", {}) for data in later)
        # What the first later change replaced; without one the ticket is still with the same team.
        moved = next((change["team_id"] for change in changes if "team_id" in change), [escalation.ticket.team_id])
        Escalation.objects.filter(pk=escalation.pk).update(from_team_id=moved[0])


class Migration(migrations.Migration):
    dependencies = [
        ("escalation", "0011_from_team"),
        ("tickets", "0012_fewer_indexes"),
    ]

    operations = [migrations.RunPython(learn_from_trail, migrations.RunPython.noop)]
