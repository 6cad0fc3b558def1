"""Names in the database, compared in the spelling in which a query is written: `full_name__normal__icontains`.

What people store keeps the width in which it was typed: `网络组（北京）`, `ＰＣ－９９９`. Queries are written in the spelling of
`normalise`. PostgreSQL unifies forms by itself and is asked without regard to large and small letters; SQLite calls us.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Transform

from helpdesk.common.search import normalise

SQL_NAME = "helpdesk_normal_form"


@CharField.register_lookup
class NormalForm(Transform):
    """A text in its normal form; compare with what `normalise` made, by `icontains`, `istartswith` or `iexact`."""

    lookup_name = "normal"
    function = SQL_NAME

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="normalize(%(expressions)s, NFKC)", **context)


def teach(connection: Any, **_signal: Any) -> None:
    """Give a new connection to SQLite the function. Receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQL_NAME, 1, _of_column, deterministic=True)


def _of_column(text: str | None) -> str | None:
    return None if text is None else normalise(text)
