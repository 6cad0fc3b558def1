"""`manage.py seed_demo`: demo people and tickets on a database that has no tickets yet."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from helpdesk.accounts.models import User
from helpdesk.demo import (
    articles,
    assets,
    builder,
    bulk,
    cast,
    diagnosis_lists,
    imports,
    keeping,
    mails,
    service_levels,
    vendors,
)
from tickets.models import Ticket

# Tickets besides the seventy or so that are told one by one.
SCALES = {"S": 0, "M": 2_000, "L": 100_000, "XL": 1_000_000}
# Articles besides the dozen that are told one by one.
ARTICLES = {"S": 0, "M": 0, "L": 300, "XL": 300}
# Assets besides the thirty that are told one by one, from scale L on.
ASSETS = 2_000
HELP = "S: about 70 tickets; M: 2,000, L: 100,000, XL: 1,000,000 tickets more, copied from those"


class Command(BaseCommand):
    help = "Fill an empty database with a demo organisation and its tickets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", choices=[*SCALES], default="S", help=HELP)
        parser.add_argument("--articles", type=int, help="so many articles more; default: 300 from L on, else none")
        parser.add_argument("--at", type=_instant, help="the instant the data is seen from (ISO 8601); default: now")

    def handle(self, *args: Any, scale: str, at: datetime | None, **options: Any) -> None:
        if Ticket.objects.exists():
            raise CommandError("There are tickets already; demo data goes only into a database without any.")
        if User.objects.filter(username__in=cast.DEMO_USERNAMES).exists():
            raise CommandError("Some of the demo accounts exist already; demo data needs a database without them.")
        started = monotonic()
        at = at or timezone.now()
        people = cast.assemble()
        service_levels.establish(cast=people, at=at)
        vendors.establish(cast=people)
        diagnosis_lists.establish()
        articles.establish(cast=people, at=at)
        articles.multiply(cast=people, count=options["articles"] or ARTICLES[scale], at=at)
        count = bulk.play(cast=people, count=SCALES[scale], at=at, tell=self.stdout.write) if SCALES[scale] else 0
        assets.establish(cast=people, at=at, bulk=ASSETS if SCALES[scale] >= SCALES["L"] else 0)
        imports.establish(cast=people, at=at)
        count += builder.play(cast=people, at=at)
        mails.deliver(cast=people, at=at)
        keeping.keep(cast=people, at=at)
        if options["verbosity"]:
            names = ", ".join(cast.DEMO_USERNAMES)
            self.stdout.write(f"{count:,} tickets in {monotonic() - started:.1f} s. Sign in as: {names}.")


def _instant(value: str) -> datetime:
    at = parse_datetime(value)
    if at is None:
        raise CommandError(f"--at is {value!r}, which is not an ISO 8601 instant.")
    return at if at.tzinfo else timezone.make_aware(at, timezone.get_default_timezone())
