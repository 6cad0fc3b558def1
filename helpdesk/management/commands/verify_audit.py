"""`manage.py verify_audit`: is the audit trail whole?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from helpdesk.common.snapshot import one_instant
from helpdesk.management.printing import as_json
from tickets.services import audit


class Command(BaseCommand):
    help = "Verify the chains, messages and anchors of the audit trail. Prints OK, or the broken rows and exits 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_instant():
            broken = audit.verify()
        if options["json"]:
            self.stdout.write(as_json({"ok": not broken, "broken": audit.as_rows(broken)}))
        elif not broken:
            self.stdout.write("OK")
        else:
            for row in broken:
                self.stdout.write(f"{row.table} {row.row} of ticket {row.ticket or '-'}: {row.problem}")
        if broken:
            sys.exit(1)
