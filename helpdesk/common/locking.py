"""Locks that mean the same on both databases."""

from __future__ import annotations

from typing import TypeVar

from django.db import connection, models, transaction

M = TypeVar("M", bound=models.Model)


def lock_row(queryset: models.QuerySet[M], **lookup: object) -> M:
    """Read one row and hold it until the transaction ends. Raises the model's DoesNotExist.

    PostgreSQL locks the row (only this table, so joined lookups stay free). SQLite has begun its
    transaction with BEGIN IMMEDIATE, so this process is the only writer already; it ignores FOR UPDATE.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_row needs a transaction")
    return queryset.select_for_update(of=("self",)).get(**lookup)


def lock_name(name: str) -> None:
    """Hold a name until the transaction ends, for what no single row stands for. Take names before rows.

    On SQLite this process is the only writer already.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_name needs a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
