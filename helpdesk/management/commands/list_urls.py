"""`manage.py list_urls`: every route with its name and methods."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from helpdesk.management.printing import as_json
from helpdesk.routes import all_routes


class Command(BaseCommand):
    help = "List every route with its methods."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        routes = all_routes()
        if options["json"]:
            self.stdout.write(as_json([route.as_dict() for route in routes]))
            return
        for route in routes:
            self.stdout.write(f"{route.pattern}  {route.name or '-'}  {', '.join(route.methods)}")
