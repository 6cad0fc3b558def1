"""The full text index over the search tokens of tickets (docs/search.md)."""

from django.db import migrations

from tickets.search_fields import TOKENS


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_catalogue")]
    operations = [migrations.RunPython(TOKENS.add_index, TOKENS.remove_index, elidable=False)]
