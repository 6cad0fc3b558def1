"""`manage.py invariants`: nothing lost, nothing doubled, nothing forgotten."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from helpdesk import invariants
from helpdesk.common.snapshot import one_instant
from helpdesk.management.printing import as_json, as_lines


class Command(BaseCommand):
    help = "Check what must be true whatever failed. Exits 1 and names the rows where something isn't."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_instant():
            broken = invariants.check_all(at=timezone.now())
        counts = {name: len(rows) for name, rows in broken.items()}
        shown = {name: rows[: invariants.SHOWN] for name, rows in broken.items() if rows}
        is_sound = not shown
        if options["json"]:
            self.stdout.write(as_json({"ok": is_sound, "invariants": counts, "rows": shown}))
        else:
            self.stdout.write(as_lines(counts))
            for name, rows in shown.items():
                self.stdout.write(f"{name}: {', '.join(rows)}")
        if not is_sound:
            sys.exit(1)
