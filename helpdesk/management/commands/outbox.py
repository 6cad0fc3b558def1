"""`manage.py outbox`: how the outgoing messages stand, and what operators can do about it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from helpdesk.common.errors import DomainError
from helpdesk.management.printing import as_json, as_lines
from notifications import draining, selectors
from notifications.services import operate


class Command(BaseCommand):
    help = "Show, deliver, replay, pause or resume the outgoing messages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for act, text in (
            ("status", "counts by state and channel, and the age of the oldest waiting message"),
            ("drain", "deliver everything that is due now, in the foreground"),
            ("replay", "send dead messages again; uncertain ones only by their event id"),
            ("pause", "hold everything back until resumed (after a restore, before the workers start)"),
            ("resume", "let messages go again"),
        ):
            subparser = acts.add_parser(act, help=text)
            subparser.add_argument("--json", action="store_true", help="print one JSON object")
            if act == "replay":
                subparser.add_argument("event_ids", nargs="*", type=UUID, help="event ids; none means all dead ones")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            done = getattr(self, f"_{act}")(options)
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(as_json(done) if options["json"] else as_lines(done))

    def _status(self, options: dict[str, Any]) -> dict[str, Any]:
        return selectors.outbox_status(at=timezone.now())

    def _drain(self, options: dict[str, Any]) -> dict[str, Any]:
        if selectors.is_paused():
            raise CommandError("Delivery is paused; `outbox resume` lets messages go again.")
        return draining.drain(clock=timezone.now)

    def _replay(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"replayed": operate.replay(at=timezone.now(), event_ids=options["event_ids"] or None)}

    def _pause(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"paused": True, "changed": operate.pause(at=timezone.now())}

    def _resume(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"paused": False, "changed": operate.resume()}
