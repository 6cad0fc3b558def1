"""The database's clock. Several machines sweep, and only one clock may decide what is due (reliability K13)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """The present instant (UTC) as the database sees it, also inside a transaction that began earlier."""
    statement = "SELECT clock_timestamp()"
    if connection.vendor == "sqlite":
        statement = "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (value,) = cursor.fetchone()
    return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)
