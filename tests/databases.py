"""Making the test database, and emptying it after a test that really committed.

Its tables are made from the models: a hundred migrations take forty seconds in every process. What migrations do beside
making tables follows by `apply_rules`; tests/platform/test_migrations.py compares the result with that of the migrations.

Django would only flush, which fails here twice: the database refuses to delete audit rows, and what the migrations
wrote (the catalogue, the settings) would be gone for every later test.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections, migrations
from django.test import TransactionTestCase

_written_by_migrations: dict[str, str] = {}
# The migrations that write triggers, full text indexes or the catalogue, in their order.
RULES = (
    "tickets.migrations.0002_append_only",
    "tickets.migrations.0003_catalogue",
    "tickets.migrations.0004_ticket_search",
    "knowledge.migrations.0002_rules",
    "assets.migrations.0002_rules",
    "escalation.migrations.0002_append_only",
)


def apply_rules() -> None:
    """Do what these migrations do beside making tables."""
    for name in RULES:
        for operation in import_module(name).Migration.operations:
            if isinstance(operation, migrations.RunPython):
                with connections[DEFAULT_DB_ALIAS].schema_editor() as schema_editor:
                    operation.code(apps, schema_editor)


def remember_what_migrations_wrote() -> None:
    """Take the picture that `restore` goes back to; right after the test database was made."""
    rows = [row for model in apps.get_models() for row in model._base_manager.order_by("pk")]
    _written_by_migrations[DEFAULT_DB_ALIAS] = serializers.serialize("json", rows)
    TransactionTestCase._fixture_teardown = lambda self: restore()


def restore() -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    with _audit_triggers_off():
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
        connection.creation.deserialize_db_from_string(_written_by_migrations[DEFAULT_DB_ALIAS])


@contextmanager
def _audit_triggers_off() -> Iterator[None]:
    """Only the refusing triggers: others keep their tables in step while rows go."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        off, on = _postgresql_statements()
    else:
        off, on = _sqlite_statements()
    with connection.cursor() as cursor:
        for statement in off:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in on:
                cursor.execute(statement)


def _postgresql_statements() -> tuple[list[str], list[str]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE NOT tgisinternal AND prosrc LIKE '%RAISE EXCEPTION%'"
        )
        triggers = cursor.fetchall()
    return tuple(
        [f"ALTER TABLE {table} {act} TRIGGER {name}" for table, name in triggers] for act in ("DISABLE", "ENABLE")
    )


def _sqlite_statements() -> tuple[list[str], list[str]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(%'")
        triggers = cursor.fetchall()
    return [f'DROP TRIGGER "{name}"' for name, _ in triggers], [sql for _, sql in triggers]
