"""`manage.py alive worker|scheduler`: exit code 0 if that process gave a sign of life lately (for container checks)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from helpdesk.web.health import heartbeat_finding


class Command(BaseCommand):
    help = "Say whether the worker or the scheduler has given a sign of life lately."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=["worker", "scheduler"])

    def handle(self, *args: Any, process: str, **options: Any) -> None:
        finding = heartbeat_finding(process, timezone.now())
        if not finding["ok"]:
            raise CommandError(f"{process}: {finding.get('reason', 'silent')}")
        self.stdout.write(f"{process}: seen {finding['age_seconds']} s ago")
