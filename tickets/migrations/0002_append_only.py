"""Audit rows are append-only: the database itself refuses UPDATE, DELETE and (PostgreSQL) TRUNCATE."""

from django.db import migrations

TABLES = ("tickets_ticketevent", "tickets_auditanchor")

POSTGRES_UP = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit rows are append-only'; END $$;
"""
POSTGRES_TABLE_UP = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""
POSTGRES_TABLE_DOWN = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_no_truncate ON {table};
"""
SQLITE_TABLE_UP = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'audit rows are append-only'); END;
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_UP)
        for table in TABLES:
            schema_editor.execute(POSTGRES_TABLE_UP.format(table=table))
        return
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(SQLITE_TABLE_UP.format(table=table, verb=verb))


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(POSTGRES_TABLE_DOWN.format(table=table))
        schema_editor.execute("DROP FUNCTION refuse_audit_change()")
        return
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [migrations.RunPython(add, remove, elidable=False)]
