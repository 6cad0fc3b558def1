"""`manage.py fetch_mail`: fetch from every mailbox until nothing is left, and take up what waits."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from helpdesk.management.printing import as_json, as_lines
from tickets.services.mailroom import polling, processing


class Command(BaseCommand):
    help = "Fetch mail now, in the foreground. Safe to run at any time, also beside the workers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        run = polling.poll_all(clock=timezone.now, may_go_on=lambda: True)
        taken_up = processing.process_waiting(clock=timezone.now, may_go_on=lambda: True)
        done = {"fetched": run.fetched, "taken_up": taken_up, "failing": run.failing}
        self.stdout.write(as_json(done) if options["json"] else as_lines(done))
