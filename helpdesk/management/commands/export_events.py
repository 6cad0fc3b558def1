"""`manage.py export_events`: the trail as an event log for process mining."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tickets.event_log import FORMATS, by_pseudonym, by_user_name, export
from tickets.models import Ticket
from tickets.reports import Selection


class Command(BaseCommand):
    help = (
        "Write the acts on tickets that were submitted on these days as an event log (XES or CSV). "
        "Confidential tickets are left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default="xes", dest="kind")
        parser.add_argument("--from", required=True, dest="since", help="the first day, as 2026-11-01")
        parser.add_argument("--to", required=True, dest="until", help="the last day, included")
        parser.add_argument("--output", required=True, help="the file; it is replaced when the log is complete")
        parser.add_argument("--pseudonyms", action="store_true", help="no user names")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = _day(options["since"], "--from"), _day(options["until"], "--to")
        if until < since:
            raise CommandError("--to is a day before --from.")
        tickets = Selection(since, until).narrow(Ticket.objects.filter(is_confidential=False))
        name = by_pseudonym if options["pseudonyms"] else by_user_name
        path = Path(options["output"])
        part = path.with_name(f"{path.name}.part")
        try:
            # It names people; the others of this machine have no business with it.
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                for piece in export(tickets, options["kind"], name=name):
                    file.write(piece)
            part.replace(path)
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}.") from None
        self.stdout.write(f"{tickets.count()} tickets written to {path}")


def _day(text: str, option: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option} is {text!r}, which is not a day such as 2026-11-01.") from None
    if not 1970 <= day.year <= 2200:
        raise CommandError(f"{option} is {text!r}; choose a day between 1970 and 2200.")
    return day
