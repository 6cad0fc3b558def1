"""Tables whose rows the database itself refuses to change: what a trail, a promise or a judgement rests on (M1.2-3).

Each function gives a migration's operation. Put it behind those that alter the table: SQLite copies a table that is altered,
without its triggers. On PostgreSQL TRUNCATE is refused too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import migrations

# Triggers elsewhere that refuse a change use the function, too; it stays when an operation is taken back.
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'these rows are append-only'; END $$;
"""
_POSTGRES_NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""
_POSTGRES = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb}{of} ON {table}
  FOR EACH ROW {when} EXECUTE FUNCTION refuse_audit_change();
"""
_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb}{of} ON {table} {when}
BEGIN SELECT RAISE(ABORT, 'these rows are append-only'); END;
"""


def append_only(table: str, *, columns: str = "") -> migrations.RunPython:
    """The table refuses UPDATE and DELETE. With `columns` (joined by commas) only these stay as they were."""

    def add(_apps: Any, schema_editor: Any) -> None:
        _refuse(schema_editor, table, "UPDATE", of=f" OF {columns}" if columns else "")
        _refuse(schema_editor, table, "DELETE")

    return _operation(table, add)


def erasable(table: str, *, column: str, kept: Sequence[str]) -> migrations.RunPython:
    """As `append_only`, but one change passes: emptying a JSON object, all `kept` columns staying as they are.

    What people wrote may have to be erased; what was done may not.
    """

    def add(_apps: Any, schema_editor: Any) -> None:
        is_postgres = schema_editor.connection.vendor == "postgresql"
        same, empty = ("IS NOT DISTINCT FROM", "'{}'::jsonb") if is_postgres else ("IS", "'{}'")
        parts = [f"NEW.{column} = {empty}", *(f"NEW.{name} {same} OLD.{name}" for name in kept)]
        _refuse(schema_editor, table, "UPDATE", when=f"WHEN (NOT ({' AND '.join(parts)}))")
        _refuse(schema_editor, table, "DELETE")

    return _operation(table, add)


def _refuse(schema_editor: Any, table: str, verb: str, *, of: str = "", when: str = "") -> None:
    statement = _POSTGRES if schema_editor.connection.vendor == "postgresql" else _SQLITE
    schema_editor.execute(statement.format(table=table, verb=verb, of=of, when=when))


def _operation(table: str, add: Any) -> migrations.RunPython:
    def forwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRES_FUNCTION)
            schema_editor.execute(_POSTGRES_NO_TRUNCATE.format(table=table))
        add(apps, schema_editor)

    def backwards(_apps: Any, schema_editor: Any) -> None:
        # Databases from before these migrations were one have other triggers, which go with their tables.
        is_postgres = schema_editor.connection.vendor == "postgresql"
        for verb in ("UPDATE", "DELETE", *(["truncate"] if is_postgres else [])):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}" + (f" ON {table}" if is_postgres else ""))

    return migrations.RunPython(forwards, backwards, elidable=False)
