"""A table of search tokens with the database's own full text index over it: FTS5 on SQLite, vectors on PostgreSQL.

Each kind of thing that can be found (tickets, articles, assets) has one such table, a row per thing, with a column of tokens
for everybody and one for the desk alone. docs/search.md explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connections
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.expressions import RawSQL

from helpdesk.common.search import Term, fts5_query, phrase, tsquery
from helpdesk.common.search_query import Query

PUBLIC, INTERNAL = "public_tokens", "internal_tokens"
# Characters of tokens per column. PostgreSQL refuses a vector above 1 MB.
LONGEST = 150_000
# From where on a word is common (`SearchTable._is_common`): on SQLite in rows, on PostgreSQL as a share of them.
COMMON, COMMON_SHARE = 10_000, 0.1

Rows = TypeVar("Rows", bound=QuerySet[Any])


class _IsAmong(Func):
    """Whether a thing is among the matches, asked of each thing: a list would be read to its end before the first one."""

    output_field = BooleanField()

    def __init__(self, found: RawSQL, key: str) -> None:
        super().__init__(F("pk"))
        self.found, self.key = found, key

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        pk, parameters = compiler.compile(self.source_expressions[0])
        return f"EXISTS ({self.found.sql} AND {self.key} = {pk})", (*self.found.params, *parameters)


@dataclass(frozen=True)
class SearchTable:
    """`name` is the table, `key` its primary key: the id of the thing found."""

    name: str
    key: str

    def matching(
        self, terms: Sequence[Term], *, with_internal: bool, using: str, without: Sequence[Term] = ()
    ) -> RawSQL:
        """The keys of the rows in which every term stands, as a subquery, and none of `without`.

        With `with_internal` in either column. At least one term must be given.
        """
        if connections[using].vendor == "postgresql":
            return self._in_postgresql(terms, without, with_internal=with_internal)
        query = fts5_query(terms, "" if with_internal else PUBLIC, without=without)
        return RawSQL(f"SELECT rowid FROM {self.name}_fts WHERE {self.name}_fts MATCH %s", [query])

    def narrowed(self, rows: Rows, query: Query, *, with_internal: bool) -> Rows:
        """Those of `rows` in which all words of the query stand, and none that it excludes. Its fields are not asked."""
        how: dict[str, Any] = {"with_internal": with_internal, "using": rows.db}
        if query.terms:
            return rows.filter(pk__in=self.matching(query.terms, without=query.without, **how))
        for term in query.without:
            found = self.matching([term], **how)
            in_postgresql = connections[rows.db].vendor == "postgresql"
            rows = rows.exclude(_IsAmong(found, self.key) if in_postgresql else Q(pk__in=found))
        return rows

    def narrowed_of_many(self, rows: Rows, query: Query, *, with_internal: bool) -> Rows:
        """As `narrowed`, for somebody who may see nearly all of very many things and wants the first few in an order.

        What a word costs is decided here, because both databases decide wrongly for some: for a rare one its rows are
        fetched and sorted, for a common one the things are walked through in their order and looked up among the matches.
        """
        if not query.terms:
            return self.narrowed(rows, query, with_internal=with_internal)
        how: dict[str, Any] = {"with_internal": with_internal, "using": rows.db}
        found = self.matching(query.terms, without=query.without, **how)
        is_common = self._is_common(query.terms, **how)
        in_postgresql = connections[rows.db].vendor == "postgresql"
        if in_postgresql and not is_common:
            # It would walk, too, where a word has gone out of use. An array is read before anything else is asked.
            array = {"template": "%(expressions)s)", "arg_joiner": " = ANY(ARRAY", "output_field": BooleanField()}
            return rows.filter(Func(F("pk"), found, **array))
        if is_common and not in_postgresql:
            # It would fetch all. A sum can't be looked up by key.
            return rows.alias(walked=F("pk") + 0).filter(walked__in=found)
        return rows.filter(pk__in=found)

    def _is_common(self, terms: Sequence[Term], *, with_internal: bool, using: str) -> bool:
        """Whether so many rows match that walking through the things in their order, looking each up among the matches,
        meets the newest few sooner than fetching and sorting all of them."""
        if connections[using].vendor == "postgresql":
            tokens = [(token, False) for term in terms for token in term.tokens[:-1]]
            tokens += [(term.tokens[-1], term.is_prefix) for term in terms]
            return min(self.shares(tokens, with_internal=with_internal, using=using)) > COMMON_SHARE
        query = fts5_query(terms, "" if with_internal else PUBLIC)
        rows = f"SELECT 1 FROM {self.name}_fts WHERE {self.name}_fts MATCH %s LIMIT {COMMON}"
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({rows})", [query])
            return bool(cursor.fetchone()[0] == COMMON)

    def shares(self, tokens: Sequence[tuple[str, bool]], *, with_internal: bool, using: str) -> list[float]:
        """For PostgreSQL: in which share of the rows each of these tokens stands, and of prefixes (`True`) at most.

        By its statistics, which know the common ones; 0 for those they don't know.
        """
        known = """
            SELECT known.token, known.share
            FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS known(token, share)
            WHERE tablename = %s AND attname = ANY(%s) AND schemaname = ANY(current_schemas(false))
                AND known.token LIKE ANY(%s)
        """
        # Tokens hold letters and digits only, no signs that LIKE would read.
        patterns = [f"{token}%" if is_prefix else token for token, is_prefix in tokens]
        vectors = ["public_vector", "internal_vector"][: 2 if with_internal else 1]
        with connections[using].cursor() as cursor:
            cursor.execute(known, [self.name, vectors, patterns])
            rows = cursor.fetchall()
        return [
            float(sum(share for found, share in rows if (found.startswith(token) if is_prefix else found == token)))
            for token, is_prefix in tokens
        ]

    def _in_postgresql(self, terms: Sequence[Term], without: Sequence[Term], *, with_internal: bool) -> RawSQL:
        """One condition per word, because the words of a match may stand in different columns.

        The vectors don't know the places of tokens, so only the tokens themselves tell where they follow each other. They
        are looked at where the index has found all of them: a column in which they do has them all.
        """
        conditions, parameters = [], []
        columns = ((PUBLIC, "public_vector"), (INTERNAL, "internal_vector"))[: 2 if with_internal else 1]
        for term in (*terms, *without):
            condition = " OR ".join(f"{vector} @@ %s::tsquery" for _tokens, vector in columns)
            parameters += [tsquery(term)] * len(columns)
            if len(term.tokens) > 1:
                # The planner takes this for true of nearly every row, but `> 0` for true of a third: then it would fetch
                # and sort all rows with a common word.
                follow = " OR ".join(f"strpos(' ' || {tokens} || ' ', %s) <> 0" for tokens, _vector in columns)
                condition = f"({condition}) AND ({follow})"
                parameters += [phrase(term)] * len(columns)
            conditions.append(f"({condition})")
        for index in range(len(terms), len(conditions)):
            conditions[index] = f"NOT {conditions[index]}"
        return RawSQL(f"SELECT {self.key} FROM {self.name} WHERE {' AND '.join(conditions)}", parameters)

    def add_index(self, _apps: Any, schema_editor: Any) -> None:
        """For migrations: the index over the two token columns, which the database keeps by itself.

        FTS5 has external content and is kept by triggers. Its `ascii` tokenizer parts tokens at spaces only, since they hold no
        other signs of ASCII than letters and digits. PostgreSQL's vectors are stored generated columns of exactly these tokens:
        its parser would take `1e5abc` apart. Their statistics target is raised, or the planner takes every word for a common
        one and walks through the whole table for a rare one.
        """
        statements = self._postgresql() if schema_editor.connection.vendor == "postgresql" else self._sqlite()
        for statement in statements:
            schema_editor.execute(statement)

    def renew_index(self, _apps: Any, schema_editor: Any) -> None:
        """For migrations: PostgreSQL's vectors anew where they were made before by its parser. New databases have them."""
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = ANY(current_schemas(false)) "
                "AND table_name = %s AND generation_expression LIKE 'to_tsvector(%%'",
                [self.name],
            )
            parsed = [name for (name,) in cursor.fetchall()]
        if parsed:
            for name in parsed:
                schema_editor.execute(f"ALTER TABLE {self.name} DROP COLUMN {name}")
            self.add_index(None, schema_editor)
            schema_editor.execute(f"ANALYZE {self.name}")  # by itself it comes with the next tenth of changes

    def remove_index(self, _apps: Any, schema_editor: Any) -> None:
        """PostgreSQL's columns and SQLite's triggers go with the table that they are on."""
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TABLE {self.name}_fts")

    def _sqlite(self) -> list[str]:
        fts, columns = f"{self.name}_fts", f"{PUBLIC}, {INTERNAL}"
        forget = f"INSERT INTO {fts}({fts}, rowid, {columns}) VALUES ('delete', old.{self.key}, old.{PUBLIC}, old.{INTERNAL});"
        learn = f"INSERT INTO {fts}(rowid, {columns}) VALUES (new.{self.key}, new.{PUBLIC}, new.{INTERNAL});"
        return [
            f"CREATE VIRTUAL TABLE {fts} USING fts5({columns}, content='{self.name}', content_rowid='{self.key}', "
            "tokenize='ascii', prefix='1', columnsize=0)",
            f"CREATE TRIGGER {self.name}_insert AFTER INSERT ON {self.name} BEGIN {learn} END",
            f"CREATE TRIGGER {self.name}_delete AFTER DELETE ON {self.name} BEGIN {forget} END",
            f"CREATE TRIGGER {self.name}_update AFTER UPDATE ON {self.name} BEGIN {forget} {learn} END",
        ]

    def _postgresql(self) -> list[str]:
        found = []
        for column, vector in ((PUBLIC, "public_vector"), (INTERNAL, "internal_vector")):
            made = f"array_to_tsvector(array_remove(string_to_array({column}, ' '), ''))"
            found += [
                f"ALTER TABLE {self.name} ADD COLUMN {vector} tsvector GENERATED ALWAYS AS ({made}) STORED",
                f"ALTER TABLE {self.name} ALTER COLUMN {vector} SET STATISTICS 1000",
                f"CREATE INDEX {self.name}_{vector} ON {self.name} USING gin ({vector})",
            ]
        return found
