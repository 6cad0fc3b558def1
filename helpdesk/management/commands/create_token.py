"""`manage.py create_token USER --name N --scope read|write [--days D]`: prints a new API token, once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.api.models import ApiToken
from helpdesk.api.tokens import DAYS, create_token
from helpdesk.common.errors import DomainError


class Command(BaseCommand):
    help = "Make an API token for a person. Standard output holds the token alone; it can't be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="user name")
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)
        parser.add_argument("--days", type=int, default=DAYS, help="how long it is valid")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username__iexact=options["user"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        try:
            token, text = create_token(
                owner=owner,
                name=options["name"],
                scope=options["scope"],
                days=options["days"],
                at=timezone.now(),
            )
        except DomainError as error:
            sentences = [str(sentence) for texts in error.fields.values() for sentence in texts]
            raise CommandError(" ".join(sentences) or str(error)) from None
        self.stdout.write(text)
        self.stderr.write(f"{token.name}: {token.scope}, valid until {token.expiry:%Y-%m-%d}")
