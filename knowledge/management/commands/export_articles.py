"""`manage.py export_articles FOLDER`: all published articles as Markdown files, which `import_articles` reads back."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk.accounts.models import User
from knowledge.services.exchange import MISSING, export_articles


class Command(BaseCommand):
    help = "Write all published articles into an empty folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if folder.exists() and any(folder.iterdir()):
            raise CommandError(f"{folder} isn't empty.")
        actor = User.objects.active().filter(is_admin=True).order_by("pk").first()
        if actor is None:
            raise CommandError("There is no administrator.")
        count = 0
        for name, content in export_articles(actor=actor):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            count += 1
            if name == MISSING:
                self.stderr.write(f"The file store has lost these:\n{content.decode()}")
        self.stdout.write(f"{count} files.")
