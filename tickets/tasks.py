"""Background work of the tickets: thin, safe to run twice, in any number of workers at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from helpdesk.common.stopwatch import for_seconds
from tickets import doorbell
from tickets.services import incident_work as work
from tickets.services.mailroom import polling, processing

# Short, so that the workers have time for everything else; the next run goes on.
FETCH_FOR = 20


@shared_task
def incident_work() -> None:
    done = work.run_due(at=timezone.now())
    if max(done.values(), default=0) >= work.BATCH:
        doorbell.ring()


@shared_task
def fetch_mail() -> None:
    """Fetch what is new, and take up what an earlier run has left."""
    may_go_on = for_seconds(FETCH_FOR)
    run = polling.poll_all(clock=timezone.now, may_go_on=may_go_on)
    processing.process_waiting(clock=timezone.now, may_go_on=may_go_on)
    if run.has_more:
        fetch_mail.delay()
