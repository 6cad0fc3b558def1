"""What operators do with the outbox: pause it, resume it, send again what failed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.common.errors import InvalidInput
from helpdesk.common.models import OutboxMessage
from notifications.models import DeliveryPause
from notifications.services.settling import TRIED_FOR

log = structlog.get_logger(__name__)

State = OutboxMessage.State


def pause(*, at: datetime) -> bool:
    """Hold back everything from now on. False if it was paused already."""
    _row, created = DeliveryPause.objects.get_or_create(id=1, defaults={"paused_at": at})
    return created


def resume() -> bool:
    """Let messages go again. False if it wasn't paused."""
    deleted, _by_model = DeliveryPause.objects.all().delete()
    return bool(deleted)


def replay(*, at: datetime, event_ids: Iterable[UUID] | None = None) -> int:
    """Give failed messages all their attempts anew. Returns how many.

    Without `event_ids` every dead one. An uncertain one may have arrived, so it is sent again only when it is
    named. Raises InvalidInput when one of the named is neither dead nor uncertain.
    """
    failed = OutboxMessage.objects.filter(state=State.DEAD)
    if event_ids is not None:
        wanted = set(event_ids)
        flagged = Q(state=State.UNCERTAIN, next_attempt_at__isnull=True)
        failed = OutboxMessage.objects.filter(Q(state=State.DEAD) | flagged, uuid__in=wanted)
        if failed.count() != len(wanted):
            raise InvalidInput(_("Only messages that failed or are uncertain can be sent again."))
    anew = {"state": State.PENDING, "attempts": 0, "next_attempt_at": at, "last_error": ""}
    are_mails = Q(destination="") | Q(channel=OutboxMessage.Channel.EMAIL)
    count = failed.exclude(are_mails).update(**anew, give_up_at=at + TRIED_FOR)
    count += failed.filter(are_mails).update(**anew)
    log.info("outbox_replayed", count=count)
    return count
