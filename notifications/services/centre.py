"""The notification centre: delivering a line into it, and marking lines as read."""

from __future__ import annotations

from datetime import datetime

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.models import OutboxMessage
from notifications.models import Notification
from notifications.services.briefing import brief
from notifications.services.outcomes import NotMeant
from notifications.services.preferences import Mode, wishes_of


def deliver(row: OutboxMessage) -> None:
    """Write the line for an outbox row; a second time changes nothing.

    Raises what `brief` raises, and NotMeant where its recipient wants no such lines.
    """
    person = brief(row).recipient
    if wishes_of(person).mode(row.topic, row.channel) == Mode.OFF:
        raise NotMeant("not_wanted")
    line = Notification(
        event_id=row.uuid,
        recipient=row.recipient,
        topic=row.topic,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        trail_event_id=row.payload.get("event"),
        facts={name: value for name, value in row.payload.items() if name != "event"},
        created_at=row.created_at,
    )
    Notification.objects.bulk_create([line], ignore_conflicts=True)


def mark_read(*, notification_id: int, user: User, at: datetime) -> None:
    """Mark one line of the user's own as read. Raises NotVisible."""
    mine = Notification.objects.visible_to(user).filter(pk=notification_id)
    if not mine.unread().update(read_at=at) and not mine.exists():
        raise NotVisible


def mark_all_read(*, user: User, up_to: int, at: datetime) -> int:
    """Mark the user's lines as read, up to the newest one they were shown (its id). Returns how many."""
    return Notification.objects.visible_to(user).unread().filter(pk__lte=up_to).update(read_at=at)
