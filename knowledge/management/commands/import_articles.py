"""`manage.py import_articles FOLDER|ZIP`: articles from Markdown files (docs/knowledge.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError
from knowledge.packages import read_folder, read_zip
from knowledge.services.exchange import import_articles


class Command(BaseCommand):
    help = "Import articles from a folder or a ZIP of Markdown files. Nothing is written when any file is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="a folder, or a ZIP file")
        parser.add_argument("--publish", action="store_true", help="publish at once instead of leaving drafts")
        parser.add_argument("--user", help="user name of the administrator who does it; default: the first one")

    def handle(self, *args: Any, source: Path, publish: bool, user: str | None, **options: Any) -> None:
        admins = User.objects.active().filter(is_admin=True)
        actor = (admins.filter(username__iexact=user) if user else admins.order_by("pk")).first()
        if actor is None:
            raise CommandError("There is no such administrator.")
        try:
            if source.is_file():
                with open(source, "rb") as content:
                    files = read_zip(content)
            else:
                files = read_folder(source)
            done = import_articles(files=files, actor=actor, at=timezone.now(), publish=publish)
        except DomainError as error:
            sentences = [str(text) for texts in error.fields.values() for text in texts] or [str(error)]
            raise CommandError("\n".join(sentences)) from None
        self.stdout.write(
            f"{done.created} created, {done.updated} updated, {done.unchanged} unchanged, {done.published} published."
        )
        for slug in done.held:
            self.stdout.write(f"{slug} is a draft: it seems to hold personal data.")
