"""What happens by the clock, over all floors: the sweep of due timers, and cleaning up."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings

from helpdesk.common import scheduling
from helpdesk.common.models import IdempotencyKey
from tickets.services import audit, files, presence, timers

ANSWERS_KEPT_FOR = timedelta(hours=24)
SLOTS_KEPT_FOR = timedelta(days=2)
CLEAN_UP_EVERY = timedelta(minutes=15)


def sweep(*, at: datetime) -> dict[str, int]:
    """Carry out everything that is due by `at`. Returns counts by what was done. Safe to run anywhere, any time."""
    return timers.run_due(at=at)


def clean_up(*, at: datetime) -> bool:
    """Forget what has served its time, and make the day's audit anchor. Once per quarter of an hour; False otherwise."""
    if not scheduling.claim_slot("clean-up", every=CLEAN_UP_EVERY, at=at):
        return False
    presence.forget_presence(before=at - timedelta(hours=1))
    IdempotencyKey.objects.filter(created_at__lt=at - ANSWERS_KEPT_FOR).delete()
    scheduling.forget_old_slots(before=at - SLOTS_KEPT_FOR)
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    files.sweep_files(at=at)
    audit.make_anchor(at=at)
    return True
