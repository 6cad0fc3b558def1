"""What the tests of this folder do and look at."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.services.dispatch import dispatch_due
from notifications.services.settling import Report


def deliver(at: datetime | None = None, *, after: timedelta = timedelta(0)) -> Report:
    """One run of the dispatcher without a time limit; `after` is how much later than now."""
    return dispatch_due(at=(at or timezone.now()) + after, may_go_on=lambda: True)


def mail_rows(**filters: object) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(channel="email", **filters).order_by("pk"))


def only_mail() -> OutboxMessage:
    """The one outgoing mail of the test."""
    (row,) = mail_rows()
    return row
