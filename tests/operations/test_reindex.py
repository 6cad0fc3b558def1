"""`manage.py reindex` writes what the search knows of all things anew."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from assets.models import AssetSearch
from knowledge.models import ArticleSearch
from tests.assets.acts import make_asset
from tests.cast import Cast
from tests.factories import make_ticket, reply
from tests.knowledge.acts import published, write
from tickets.models import TicketSearch

pytestmark = pytest.mark.django_db

TABLES = (TicketSearch, ArticleSearch, AssetSearch)


def known() -> list[str]:
    rows = [row for table in TABLES for row in table.objects.values_list("pk", "public_tokens", "internal_tokens")]
    return [f"{key}: {public.strip(' ¶')} / {internal.strip(' ¶')}" for key, public, internal in rows]


def test_all_tokens_are_written_as_they_would_be_today(cast: Cast) -> None:
    reply(make_ticket(cast.requester), cast.agent, "a note", kind="internal")
    published(cast)
    write(cast.agent)
    make_asset(cast.agent, notes="under the desk")
    before = known()
    for table in TABLES:
        table.objects.update(public_tokens="leaked words", internal_tokens="")
    out = StringIO()
    call_command("reindex", json=True, stdout=out)
    assert known() == before
    assert json.loads(out.getvalue()) == {"tickets": 1, "articles": 1, "assets": 1}
