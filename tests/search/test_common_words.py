"""Rare and common words among very many things: each is asked in its own way, and all of them find what stands there."""

from __future__ import annotations

import pytest
from django.db import connection

from helpdesk.accounts.models import Department
from helpdesk.common.search import index_tokens
from helpdesk.common.search_query import parse
from helpdesk.common.search_table import COMMON, SearchTable

pytestmark = pytest.mark.django_db

TABLE = SearchTable("many", "id")
NUMBER = COMMON + 800


def said(number: int) -> tuple[str, str]:
    """The text for everybody and the one for the desk of one thing."""
    text = f"打印机卡纸 {'print' if number % 20 else 'scan'}" + (" 碎纸机" if number % 600 == 7 else "")
    return ("", text) if number % 11 == 3 else (text, "")


@pytest.fixture
def things() -> list[int]:
    """More things than a word may stand in to be rare, with the statistics that PostgreSQL gathers by itself later."""
    rows = Department.objects.bulk_create(Department(name_zh=f"many-{n}") for n in range(NUMBER))
    keys = [row.pk for row in rows]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE many (id integer PRIMARY KEY, public_tokens text, internal_tokens text)")
    TABLE.add_index(None, connection.schema_editor(atomic=False))
    texts = [(pk, *map(index_tokens, said(number))) for number, pk in enumerate(keys)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO many (id, public_tokens, internal_tokens) VALUES (%s, %s, %s)", texts)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE many")
    return keys


QUERIES = (
    "打印机",
    "碎纸机",
    "打印机 scan",
    "print -碎纸机",
    "碎纸机 -print",
    "-print",
    "打",
    "p",
    "没有这个词",
    "印机打",
)


@pytest.mark.parametrize("with_internal", [True, False])
def test_all_that_fits_is_found_in_the_order_asked_for(things: list[int], with_internal: bool) -> None:
    texts = [said(number)[0] + (said(number)[1] if with_internal else "") for number in range(NUMBER)]
    rows = Department.objects.filter(name_zh__startswith="many-")
    for query in QUERIES:
        wanted = parse(query)
        words = [run for term in wanted.terms for run in term.runs]
        unwanted = [run for term in wanted.without for run in term.runs]
        expected = [
            pk
            for pk, text in zip(things, texts, strict=True)
            if all(word in text for word in words) and not any(word in text for word in unwanted)
        ]

        found = TABLE.narrowed_of_many(rows, wanted, with_internal=with_internal)

        newest = found.order_by("-pk").values_list("pk", flat=True)
        assert list(newest) == expected[::-1], query
        assert list(newest[:5]) == expected[::-1][:5], query
        within = Department.objects.filter(pk__in=found.values("pk")).order_by("pk")
        assert list(within.values_list("pk", flat=True)[:3]) == expected[:3], query
