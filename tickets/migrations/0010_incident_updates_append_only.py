"""What was told about an incident can't be taken back: the database itself refuses UPDATE and DELETE."""

from django.db import migrations

TABLE = "tickets_incidentupdate"
# The function is made with the audit trail's own triggers.
POSTGRES_UP = f"""
CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""
POSTGRES_DOWN = f"""
DROP TRIGGER {TABLE}_append_only ON {TABLE};
DROP TRIGGER {TABLE}_no_truncate ON {TABLE};
"""
SQLITE_UP = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'incident updates are append-only'); END;
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_UP)
        return
    for verb in ("UPDATE", "DELETE"):
        schema_editor.execute(SQLITE_UP.format(table=TABLE, verb=verb))


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_DOWN)
        return
    for verb in ("UPDATE", "DELETE"):
        schema_editor.execute(f"DROP TRIGGER {TABLE}_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0009_major_incidents")]
    operations = [migrations.RunPython(add, remove, elidable=False)]
