"""Databases whose vectors PostgreSQL's own parser made get those of new ones."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from helpdesk.common.search import index_tokens
from helpdesk.common.search_query import parse
from helpdesk.common.search_table import SearchTable

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.postgres_only,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's index holds the tokens as they are"),
]

NEW, OLD = SearchTable("made_new", "id"), SearchTable("made_old", "id")
SHAPE = """
    SELECT attname, attstattarget, replace(pg_get_expr(adbin, adrelid), %(name)s, ''),
        (SELECT replace(indexdef, %(name)s, '') FROM pg_indexes WHERE indexname = %(name)s || '_' || attname)
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = %(name)s::regclass AND attname LIKE '%%_vector' ORDER BY attname
"""


def made(table: SearchTable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table.name} (id integer PRIMARY KEY, public_tokens text, internal_tokens text)")
    table.add_index(None, connection.schema_editor(atomic=False))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table.name} VALUES (1, %s, %s)", [index_tokens("00e04c680001"), ""])


def parsed(table: SearchTable) -> None:
    with connection.cursor() as cursor:
        for kind in ("public", "internal"):
            cursor.execute(
                f"ALTER TABLE {table.name} DROP COLUMN {kind}_vector, ADD COLUMN {kind}_vector tsvector "
                f"GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, {kind}_tokens)) STORED"
            )


def shape(table: SearchTable) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(SHAPE, {"name": table.name})
        return list(cursor.fetchall())


def found(table: SearchTable, query: str) -> list[int]:
    keys = table.matching(parse(query).terms, with_internal=True, using="default")
    with connection.cursor() as cursor:
        cursor.execute(keys.sql, keys.params)
        return [key for (key,) in cursor.fetchall()]


def test_vectors_that_were_parsed_are_made_anew() -> None:
    made(NEW)
    made(OLD)
    parsed(OLD)
    assert found(OLD, "c680001") == [1]
    for _time in range(2):
        OLD.renew_index(None, connection.schema_editor(atomic=False))
        assert shape(OLD) == shape(NEW)
        assert (found(OLD, "c680001"), found(OLD, "00e04c680001")) == ([], [1])
