"""What happens by the clock, over all floors: the sweep of due timers, and cleaning up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

import structlog
from django.conf import settings
from knox.models import get_token_model

from assets.services import reminders
from assets.services.importing.jobs import forget_imports, ring_for_waiting
from escalation.services import alarms, automatic
from helpdesk.common import scheduling
from helpdesk.common.models import IdempotencyKey
from helpdesk.common.stopwatch import for_seconds
from knowledge.services import reminders as article_reminders
from notifications import draining
from notifications.services.destinations import forget_deliveries
from tickets.services import audit, files, incident_work, incidents, presence, retention, timers, workaround_reviews

log = structlog.get_logger(__name__)

ANSWERS_KEPT_FOR = timedelta(hours=24)
SLOTS_KEPT_FOR = timedelta(days=2)
IMPORTS_KEPT_FOR = timedelta(days=30)
DELIVERIES_KEPT_FOR = timedelta(days=30)
PRESENCE_KEPT_FOR = timedelta(hours=1)
# Their owner still sees for a while that a token has expired.
EXPIRED_TOKENS_KEPT_FOR = timedelta(days=30)
# The next hour goes on with what is left.
ERASE_FOR = 300  # seconds


def sweep(*, at: datetime) -> dict[str, int]:
    """Carry out every timer that is due by `at`. Returns counts by what was done. Safe to run anywhere, any time."""
    done: Counter[str] = Counter()
    # Clocks before timers: who was late was late, even if the ticket closes by itself in this very pass.
    for run_due in (alarms.sound_due, automatic.climb_due, timers.run_due, workaround_reviews.run_due):
        while batch := run_due(at=at):
            refused = batch.pop("refused", 0)
            done.update(batch)
            if not batch:
                done["refused"] += refused
                break
    done["incident_update_overdue"] = incidents.tell_overdue(at=at)
    done.update(incident_work.run_due(at=at))
    done.update(reminders.run_due(at=at))
    done["article_review_due"] = article_reminders.remind_of_reviews(at=at)
    done["imports_taken_up"] = ring_for_waiting(at=at)
    return {name: count for name, count in done.items() if count}


def sweep_and_deliver(*, clock: Callable[[], datetime]) -> dict[str, dict[str, int]]:
    """One pass of everything that happens by the clock, in the foreground: judging, timers, then the notices."""
    judged = alarms.judge_stale(at=clock(), may_go_on=lambda: True)
    timers_done = sweep(at=clock())
    erased = retention.run_due(at=clock())
    done = {"judged": {"tickets": judged}, "timers": timers_done, "outbox": draining.drain(clock=clock)}
    return {**done, "retention": erased} if erased else done


@dataclass(frozen=True)
class Job:
    """Something to be done once in each slot of length `every`, however many schedulers ask."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]


def _forget_sessions(at: datetime) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def _forget_tokens(at: datetime) -> None:
    get_token_model().objects.filter(expiry__lt=at - EXPIRED_TOKENS_KEPT_FOR).delete()


JOBS = (
    # There is one anchor a day; asking more often makes up for an hour that was missed.
    Job("audit-anchor", timedelta(hours=1), lambda at: audit.make_anchor(at=at)),
    Job("retention", timedelta(hours=1), lambda at: retention.run_due(at=at, may_go_on=for_seconds(ERASE_FOR))),
    Job("files", timedelta(hours=6), lambda at: files.sweep_files(at=at)),
    Job("presence", timedelta(hours=1), lambda at: presence.forget_presence(before=at - PRESENCE_KEPT_FOR)),
    Job(
        "idempotency-keys",
        timedelta(hours=1),
        lambda at: IdempotencyKey.objects.filter(created_at__lt=at - ANSWERS_KEPT_FOR).delete(),
    ),
    Job("deliveries", timedelta(hours=6), lambda at: forget_deliveries(before=at - DELIVERIES_KEPT_FOR)),
    Job("asset-imports", timedelta(hours=6), lambda at: forget_imports(before=at - IMPORTS_KEPT_FOR)),
    Job("job-slots", timedelta(days=1), lambda at: scheduling.forget_old_slots(before=at - SLOTS_KEPT_FOR)),
    Job("sessions", timedelta(days=1), _forget_sessions),
    Job("tokens", timedelta(days=1), _forget_tokens),
)


def clean_up(*, at: datetime) -> list[str]:
    """Do what is to be done in this slot and nobody has done yet. Returns the names of the jobs done.

    A job that fails gives its slot back for the next tick and keeps no other from running.
    """
    done = []
    for job in JOBS:
        if not scheduling.claim_slot(job.name, every=job.every, at=at):
            continue
        try:
            job.run(at)
        except Exception:
            log.exception("clean_up_failed", job=job.name)
            scheduling.release_slot(job.name, every=job.every, at=at)
        else:
            done.append(job.name)
    return done
