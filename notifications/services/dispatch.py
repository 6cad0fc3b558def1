"""Telling people: the lines of the notification centre and the mails that are due. Any number of workers at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from helpdesk.common.models import OutboxMessage
from notifications import groups
from notifications.services import centre, post
from notifications.services.letterhead import Letterhead
from notifications.services.outcomes import ChannelDown
from notifications.services.settling import Report, attempt, claim, claim_mails, due_messages, recover_expired
from notifications.services.smtp import MailTransport

Channel = OutboxMessage.Channel

BATCH = 50


def dispatch_due(*, at: datetime, may_go_on: Callable[[], bool]) -> Report:
    """Deliver to people what is due by `at`, as long as `may_go_on()`. Nothing while delivery is paused.

    A run has to be short beside the length of a lease: leases count from `at`.
    """
    report = Report()
    report.counts["recovered"] += recover_expired(at=at)
    _run_centre(at, may_go_on, report)
    _run_mail(at, may_go_on, report)
    report.counts += Counter()  # drops the zeros
    return report


def _claim(*, channel: str, at: datetime, limit: int) -> list[OutboxMessage]:
    return claim(due_messages(at=at).filter(channel=channel), at=at, limit=limit)


def _due_mails(*, at: datetime, gathers_for: timedelta) -> QuerySet[OutboxMessage]:
    """What may gather with others of its ticket is left alone for the desk's few minutes."""
    due = due_messages(at=at).filter(channel=Channel.EMAIL)
    if gathers_for:
        due = due.exclude(topic__in=groups.GATHERED, attempts=0, created_at__gt=at - gathers_for)
    return due


def _run_centre(at: datetime, may_go_on: Callable[[], bool], report: Report) -> None:
    while rows := _claim(channel=Channel.IN_APP, at=at, limit=BATCH):
        for row in rows:
            # Line and state become visible together.
            with transaction.atomic():
                attempt(row, lambda row=row: _deliver_line(row), at, report)  # type: ignore[misc]
        if not may_go_on():
            report.has_more = True
            return


def _deliver_line(row: OutboxMessage) -> None:
    with transaction.atomic():
        centre.deliver(row)


def _run_mail(at: datetime, may_go_on: Callable[[], bool], report: Report) -> None:
    """One by one: when the worker is killed, one message is in doubt and not a whole batch."""
    head = Letterhead.current()
    due = _due_mails(at=at, gathers_for=timedelta(minutes=head.desk.gather_minutes))
    with MailTransport() as transport:
        for row in claim_mails(due, at=at):
            error = attempt(row, lambda row=row: post.deliver(row, transport, head, at=at), at, report)  # type: ignore[misc]
            if isinstance(error, ChannelDown):
                return
            if not may_go_on():
                report.has_more = True
                return
