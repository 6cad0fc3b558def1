"""What the tests of this folder do and look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from notifications.models import ChatChannel, WebhookEndpoint
from notifications.services.destinations import save_channel, save_webhook
from notifications.services.dispatch import dispatch_due
from notifications.services.parcels import deliver_parcels
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


def deliver_parcels_now(at: datetime | None = None, *, after: timedelta = timedelta(0)) -> Report:
    """One run to the destinations without a time limit."""
    return deliver_parcels(at=(at or timezone.now()) + after, may_go_on=lambda: True)


def make_hook(admin: User, url: str, **fields: Any) -> WebhookEndpoint:
    """A webhook as an administrator makes it."""
    endpoint = WebhookEndpoint(**{"name": url[-60:], "url": url, **fields})
    save_webhook(endpoint=endpoint, actor=admin, at=timezone.now())
    return endpoint


def make_channel(admin: User, address: str, **fields: Any) -> ChatChannel:
    """A chat channel as an administrator makes it."""
    channel = ChatChannel(**{"name": address[:60], "language": "en", **fields})
    save_channel(channel=channel, address=address, actor=admin, at=timezone.now())
    return channel


def parcels(**filters: object) -> list[OutboxMessage]:
    """What is there for destinations, oldest first."""
    return list(OutboxMessage.objects.exclude(destination="").filter(**filters).order_by("pk"))
