"""`manage.py sweep`: one pass of everything that happens by the clock."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from helpdesk import periodic
from helpdesk.common.clock import database_now
from helpdesk.management.printing import as_json, as_lines, parse_instant


class Command(BaseCommand):
    help = "Carry out every timer that is due, and deliver the notices that are due. Safe to run at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", help="the instant to take for now (ISO 8601); only where ALLOW_TEST_CLOCK=1")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        clock = database_now
        if options["now"]:
            if not settings.ALLOW_TEST_CLOCK:
                raise CommandError("--now is refused: the clock may be set only where ALLOW_TEST_CLOCK=1.")
            at = parse_instant(options["now"], name="--now")
            clock = lambda: at  # noqa: E731
        done = periodic.sweep_and_deliver(clock=clock)
        self.stdout.write(as_json(done) if options["json"] else as_lines(done))
