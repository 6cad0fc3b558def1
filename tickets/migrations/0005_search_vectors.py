"""PostgreSQL's search vectors hold exactly our tokens; its own parser took some of them apart (docs/search.md)."""

from django.db import migrations

from tickets.search_fields import TOKENS


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_ticket_search")]
    operations = [migrations.RunPython(TOKENS.renew_index, migrations.RunPython.noop, elidable=True)]
