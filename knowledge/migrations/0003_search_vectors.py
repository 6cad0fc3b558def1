"""PostgreSQL's search vectors hold exactly our tokens; its own parser took some of them apart (docs/search.md)."""

from django.db import migrations

from knowledge.search import TOKENS


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_rules")]
    operations = [migrations.RunPython(TOKENS.renew_index, migrations.RunPython.noop, elidable=True)]
