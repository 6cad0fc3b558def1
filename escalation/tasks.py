"""Background work of the service levels: thin, safe to run twice, in any number of workers at once."""

from __future__ import annotations

from celery import shared_task

from escalation import doorbell
from escalation.services import alarms, whatif
from helpdesk.common.clock import database_now
from helpdesk.common.stopwatch import for_seconds

# Short, so that sweeps and notices are not kept waiting; the next run goes on.
RUN_FOR = 10


@shared_task
def judge_stale() -> None:
    alarms.judge_stale(at=database_now(), may_go_on=for_seconds(RUN_FOR))


@shared_task
def try_drafts() -> None:
    if whatif.run_waiting(clock=database_now, may_go_on=for_seconds(RUN_FOR)):
        doorbell.ring()
