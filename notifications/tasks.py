"""Background work of the notifications: thin, safe to run twice, in any number of workers at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from helpdesk.common.stopwatch import for_seconds
from notifications import doorbell
from notifications.services.dispatch import dispatch_due
from notifications.services.parcels import deliver_parcels

# Short, so that a slow mail server leaves the workers time for everything else; the next run goes on.
RUN_FOR = 10


@shared_task
def dispatch_outbox() -> None:
    doorbell.answer()
    if dispatch_due(at=timezone.now(), may_go_on=for_seconds(RUN_FOR)).has_more:
        doorbell.ring()


@shared_task
def dispatch_to_destinations() -> None:
    doorbell.answer(doorbell.KEY_FOR_DESTINATIONS)
    if deliver_parcels(at=timezone.now(), may_go_on=for_seconds(RUN_FOR)).has_more:
        doorbell.ring_for_destinations()
