"""The fastest way of each database to take many rows: executemany on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.management.color import no_style
from django.db import connection, models

Row = list[Any]
_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def encode_for_sqlite(value: Any) -> Any:
    """The value as Django's SQLite backend stores it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value


def encode_for_postgresql(value: Any) -> str:
    """The value in COPY's text format."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value)
    return str(value).translate(_COPY_ESCAPES)


class Sink:
    """Rows on their way into one table. `columns` are all of it; values must be encoded by `encode`.

    Primary keys are counted on from the highest there is; `finish` sets PostgreSQL's sequence behind them.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.table = model._meta.db_table
        self.columns = [field.column for field in model._meta.concrete_fields]
        self.attributes = [field.attname for field in model._meta.concrete_fields]
        self.is_postgresql = connection.vendor == "postgresql"
        self.encode = encode_for_postgresql if self.is_postgresql else encode_for_sqlite
        self.rows: list[Row] = []
        highest = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
        self.last_pk = highest if isinstance(highest, int) else 0
        names = ", ".join(f'"{name}"' for name in self.columns)
        marks = ", ".join(["%s"] * len(self.columns))
        self._insert = f'INSERT INTO "{self.table}" ({names}) VALUES ({marks})'
        self._copy = f'COPY "{self.table}" ({names}) FROM STDIN'

    def template(self, row: models.Model) -> Row:
        """The encoded values of a row as it stands."""
        return [self.encode(getattr(row, name)) for name in self.attributes]

    def position(self, attribute: str) -> int:
        return self.attributes.index(attribute)

    def next_pk(self) -> int:
        self.last_pk += 1
        return self.last_pk

    def flush(self) -> None:
        """Write what was added. Must run in a transaction, after the tables it points at."""
        if not self.rows:
            return
        with connection.cursor() as cursor:
            if self.is_postgresql:
                lines = StringIO("".join("\t".join(map(str, row)) + "\n" for row in self.rows))
                cursor.copy_expert(self._copy, lines)
            else:
                cursor.executemany(self._insert, self.rows)
        self.rows.clear()


def finish(sinks: Iterable[Sink]) -> None:
    """Set the sequences behind the written keys and let PostgreSQL learn what it holds.

    Not SQLite: without histograms it would take the few open tickets for most of the table.
    """
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [sink.model for sink in sinks]):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
