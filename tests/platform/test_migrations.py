"""The migrations lead to the very database that the tests use, which is made from the models (tests/databases.py)."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

Shape = dict[str, set[Any]]
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "127.0.0.1",
}


def migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=settings.BASE_DIR,
        env={**os.environ, **ENVIRONMENT, **environment},
        check=True,
    )


@pytest.fixture
def migrated_sqlite(tmp_path: Path) -> Iterator[Any]:
    migrate({"DATA_DIR": str(tmp_path), "DATABASE_URL": ""})
    with sqlite3.connect(tmp_path / "helpdesk.sqlite3") as database:
        yield database.cursor()


SQLITE_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%_fts_%'"


def sqlite_shape(cursor: Any) -> Shape:
    """Tables by their columns, constraints by name, and every index, trigger and full text table by its statement."""
    shape: Shape = {"column": set(), "check": set(), "index": set(), "trigger": set(), "fts": set()}
    for kind, name, table, sql in cursor.execute(SQLITE_SCHEMA).fetchall():
        words = " ".join(sql.split())
        if kind != "table":
            shape[kind].add((name, words))
        elif words.startswith("CREATE VIRTUAL"):
            shape["fts"].add(words)
        elif name != "django_migrations":
            columns = cursor.execute(f"SELECT * FROM pragma_table_info('{table}')").fetchall()
            shape["column"] |= {(table, column, of_type, needed) for _id, column, of_type, needed, *_ in columns}
            shape["check"] |= {(table, constraint) for constraint in re.findall(r'CONSTRAINT "(\w+)" CHECK', words)}
    return shape


# The table of migrations itself exists only where they ran; Django's own migrations left one column wider than its models.
NOT_OURS = {"django_migrations", "django_migrations_pkey", "auth_group_permissions"}
# Names that PostgreSQL gives by itself (…_check) follow the column's first name.
POSTGRES_SHAPE = {
    "column": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, generation_expression
                 FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraint": """SELECT conrelid::regclass::text, CASE WHEN conname LIKE '%\\_check' THEN '' ELSE conname END,
                     pg_get_constraintdef(oid) FROM pg_constraint
                     WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "statistics": """SELECT attrelid::regclass::text, attname, attstattarget FROM pg_attribute
                     WHERE attstattarget > 0 AND attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')""",
}


def postgres_shape(cursor: Any) -> Shape:
    shape: Shape = {}
    for kind, query in POSTGRES_SHAPE.items():
        cursor.execute(query)
        shape[kind] = {row for row in cursor.fetchall() if not NOT_OURS & set(row)}
    return shape


@pytest.fixture
def migrated_postgres(django_db_blocker: Any) -> Iterator[Any]:
    import psycopg2

    parameters = connection.get_connection_params()
    name = f"{parameters['dbname']}_migrated"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    host, user = parameters.get("host", ""), parameters.get("user", "")
    migrate({"DATABASE_URL": f"postgres://{user}@/{name}?host={host}"})
    other = psycopg2.connect(dbname=name, host=host, user=user)
    try:
        yield other.cursor()
    finally:
        other.close()
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


def differences(migrated: Shape, made: Shape) -> dict[str, tuple[list[Any], list[Any]]]:
    """By kind: what only the migrations make, and what only the models make."""
    found = {
        kind: (sorted(migrated[kind] - made[kind], key=str), sorted(made[kind] - migrated[kind], key=str))
        for kind in made
    }
    return {kind: both for kind, both in found.items() if any(both)}


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has its own test")
def test_the_migrations_make_the_same_sqlite(migrated_sqlite: Any) -> None:
    with connection.cursor() as cursor:
        assert differences(sqlite_shape(migrated_sqlite), sqlite_shape(cursor)) == {}


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has its own test")
def test_the_migrations_make_the_same_postgresql(migrated_postgres: Any) -> None:
    with connection.cursor() as cursor:
        assert differences(postgres_shape(migrated_postgres), postgres_shape(cursor)) == {}
