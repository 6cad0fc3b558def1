"""Tables whose rows the database itself refuses to change: what a trail, a promise or a judgement rests on (M1.2-3)."""

from __future__ import annotations

from typing import Any

from django.db import migrations

# The function that refuses is made by tickets/migrations/0002_append_only.
_POSTGRES = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
"""
_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'these rows are append-only'); END;
"""
_VERBS = ("UPDATE", "DELETE")


def append_only(table: str) -> migrations.RunPython:
    """A migration's operation that makes a table refuse UPDATE and DELETE. Put it behind those that alter the table:
    SQLite copies a table that is altered, without its triggers."""

    def add(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRES.format(table=table))
            return
        for verb in _VERBS:
            schema_editor.execute(_SQLITE.format(table=table, verb=verb))

    def remove(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            return
        for verb in _VERBS:
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")

    return migrations.RunPython(add, remove, elidable=False)
