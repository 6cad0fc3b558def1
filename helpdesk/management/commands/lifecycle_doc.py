from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tickets.table_doc import as_markdown


class Command(BaseCommand):
    help = "Print docs/lifecycle.md, made from the lifecycle table."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_markdown(), ending="")
