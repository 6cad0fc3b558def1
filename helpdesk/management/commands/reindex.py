"""`manage.py reindex [--json]`: the search tokens of all tickets, articles and assets anew (docs/search.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import models, transaction

from assets.models import Asset
from assets.services.indexing import index_asset
from helpdesk.common.locking import lock_row
from helpdesk.management.printing import as_json, as_lines
from knowledge.models import Article
from knowledge.services.recording import index_article
from tickets.models import Ticket
from tickets.services.indexing import index_anew


class Command(BaseCommand):
    """Each thing in a transaction of its own, under its lock, so that the help desk can go on meanwhile."""

    help = "Write the search index of tickets, articles and assets anew, as this release writes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        counted = {
            "tickets": _each(Ticket.objects.all(), index_anew),
            "articles": _each(Article.objects.filter(published_at__isnull=False), index_article),
            "assets": _each(Asset.objects.all(), index_asset),
        }
        self.stdout.write(as_json(counted) if options["json"] else as_lines(counted))


def _each(rows: models.QuerySet[Any], index: Callable[[Any], None]) -> int:
    keys = list(rows.order_by("-pk").values_list("pk", flat=True))
    for key in keys:
        with transaction.atomic():
            index(lock_row(rows.order_by(), pk=key))
    return len(keys)
