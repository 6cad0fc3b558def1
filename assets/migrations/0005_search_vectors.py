"""PostgreSQL's search vectors hold exactly our tokens; its own parser took some of them apart (docs/search.md)."""

from django.db import migrations

from assets.search import TOKENS


class Migration(migrations.Migration):
    dependencies = [("assets", "0004_import_job_changes")]
    operations = [migrations.RunPython(TOKENS.renew_index, migrations.RunPython.noop, elidable=True)]
