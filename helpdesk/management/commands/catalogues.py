"""`manage.py catalogues extract|compile|check`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from helpdesk import catalogues


class Command(BaseCommand):
    help = "Translations: extract new messages into the .po files, compile them to .mo, or check them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["extract", "compile", "check"])

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "extract":
            for locale, missing in catalogues.update(settings.BASE_DIR).items():
                self.stdout.write(f"{locale}: {missing} messages without translation")
        elif act == "compile":
            self.stdout.write(f"{catalogues.compile_all(settings.BASE_DIR)} catalogues compiled")
        else:
            faults = catalogues.find_faults(settings.BASE_DIR)
            for fault in faults:
                self.stderr.write(fault)
            if faults:
                raise CommandError(f"{len(faults)} faults in the catalogues")
            self.stdout.write("catalogues are complete")
