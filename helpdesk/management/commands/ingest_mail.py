"""`manage.py ingest_mail < file.eml`: take in one mail by the same path as the mailbox poller."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tickets.intake.parts import LARGEST
from tickets.models import IncomingMail, Mailbox
from tickets.services.mailroom import mailboxes, processing, storing


class Command(BaseCommand):
    help = "Take in a mail from standard input and say, in one JSON line, what became of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mailbox", help="address of the mailbox it came to; default: the one of MAILBOX_URL")

    def handle(self, *args: Any, mailbox: str | None, **options: Any) -> None:
        at = timezone.now()
        box = self._mailbox(mailbox)
        raw = sys.stdin.buffer.read(LARGEST + 1)
        if len(raw) > LARGEST:
            mail, is_new = storing.store_unfetched(head=raw, size=len(raw), mailbox=box, reason="too_large", at=at)
        else:
            mail, is_new = storing.store(raw=raw, mailbox=box, at=at)
        is_repeated = not is_new and mail.outcome != IncomingMail.Outcome.STORED
        mail = processing.process(mail.pk, at=at)
        outcome = IncomingMail.Outcome.DUPLICATE if is_repeated else mail.outcome
        answer = {
            "outcome": str(outcome),
            "ticket": mail.ticket.number if mail.ticket is not None else None,
            "reason": "came_before" if is_repeated else mail.reason,
        }
        self.stdout.write(json.dumps(answer))

    @staticmethod
    def _mailbox(address: str | None) -> Mailbox:
        if address is None:
            return mailboxes.from_settings()
        found = Mailbox.objects.filter(address__iexact=address).first()
        if found is None:
            raise CommandError(f"There is no mailbox with the address {address}.")
        return found
