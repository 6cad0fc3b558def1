"""Search tokens of tickets, and the database's own full text index over them.

SQLite: an FTS5 table over the token columns (external content), kept by triggers. The `ascii` tokenizer parts
tokens at spaces only, since tokens hold nothing but letters and digits. PostgreSQL: stored generated vectors
with a GIN index each. Their statistics target is raised, or the planner takes every word for a common one and
walks through all tickets for a rare one.
"""

import django.db.models.deletion
from django.db import migrations, models

FTS = "tickets_ticketsearch_fts"
FORGET = f"""
INSERT INTO {FTS}({FTS}, rowid, public_tokens, internal_tokens)
VALUES ('delete', old.ticket_id, old.public_tokens, old.internal_tokens);
"""
LEARN = f"""
INSERT INTO {FTS}(rowid, public_tokens, internal_tokens)
VALUES (new.ticket_id, new.public_tokens, new.internal_tokens);
"""
SQLITE_UP = (
    f"""
CREATE VIRTUAL TABLE {FTS} USING fts5(
  public_tokens, internal_tokens, content='tickets_ticketsearch', content_rowid='ticket_id',
  tokenize='ascii', prefix='1', columnsize=0
)
""",
    f"CREATE TRIGGER ticket_search_insert AFTER INSERT ON tickets_ticketsearch BEGIN {LEARN} END",
    f"CREATE TRIGGER ticket_search_delete AFTER DELETE ON tickets_ticketsearch BEGIN {FORGET} END",
    f"CREATE TRIGGER ticket_search_update AFTER UPDATE ON tickets_ticketsearch BEGIN {FORGET} {LEARN} END",
)

POSTGRES_UP = """
ALTER TABLE tickets_ticketsearch
  ADD COLUMN {name}_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, {name}_tokens)) STORED;
ALTER TABLE tickets_ticketsearch ALTER COLUMN {name}_vector SET STATISTICS 1000;
CREATE INDEX ticket_search_{name} ON tickets_ticketsearch USING gin ({name}_vector);
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in ("public", "internal"):
            schema_editor.execute(POSTGRES_UP.format(name=name))
        return
    for statement in SQLITE_UP:
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    """PostgreSQL's columns and SQLite's triggers go with the table that they are on."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TABLE {FTS}")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_catalogue")]
    operations = [
        migrations.CreateModel(
            name="TicketSearch",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tickets.ticket",
                    ),
                ),
                ("public_tokens", models.TextField()),
                ("internal_tokens", models.TextField(blank=True)),
            ],
        ),
        migrations.RunPython(add, remove, elidable=False),
    ]
