"""Tables whose rows the database itself refuses to change: what a trail, a promise or a judgement rests on (M1.2-3)."""

from __future__ import annotations

from collections.abc import Sequence
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
    return migrations.RunPython(
        lambda apps, schema_editor: _refuse_all(table, schema_editor),
        lambda apps, schema_editor: _refuse_nothing(table, schema_editor),
        elidable=False,
    )


def _refuse_all(table: str, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES.format(table=table))
        return
    for verb in _VERBS:
        schema_editor.execute(_SQLITE.format(table=table, verb=verb))


def _refuse_nothing(table: str, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        return
    for verb in _VERBS:
        schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")


_POSTGRES_ERASABLE = """
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER {table}_erasable BEFORE UPDATE ON {table}
  FOR EACH ROW WHEN (NOT ({condition})) EXECUTE FUNCTION refuse_audit_change();
"""
_SQLITE_ERASABLE = """
CREATE TRIGGER {table}_no_UPDATE BEFORE UPDATE ON {table} WHEN NOT ({condition})
BEGIN SELECT RAISE(ABORT, 'these rows are append-only'); END;
"""


def erasable(table: str, *, column: str, kept: Sequence[str]) -> migrations.RunPython:
    """Instead of `append_only`: the one change that the database lets pass is emptying a JSON object, all `kept` columns
    staying as they are. What people wrote may have to be erased; what was done may not."""

    def add(apps: Any, schema_editor: Any) -> None:
        is_postgres = schema_editor.connection.vendor == "postgresql"
        same, empty = ("IS NOT DISTINCT FROM", "'{}'::jsonb") if is_postgres else ("IS", "'{}'")
        parts = [f"NEW.{column} = {empty}", *(f"NEW.{name} {same} OLD.{name}" for name in kept)]
        condition = " AND ".join(parts)
        _refuse_nothing(table, schema_editor)
        if is_postgres:
            schema_editor.execute(_POSTGRES_ERASABLE.format(table=table, condition=condition))
            return
        schema_editor.execute(_SQLITE.format(table=table, verb="DELETE"))
        schema_editor.execute(_SQLITE_ERASABLE.format(table=table, condition=condition))

    def remove(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_no_delete ON {table}")
            schema_editor.execute(f"DROP TRIGGER {table}_erasable ON {table}")
        else:
            for verb in _VERBS:
                schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")
        _refuse_all(table, schema_editor)

    return migrations.RunPython(add, remove, elidable=False)
