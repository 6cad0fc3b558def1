"""What a clock's chip says: how it stands, in words and wall-clock time (ux 3.4). The caller gives the instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.common.templatetags.hd import DURATIONS, duration
from tickets.choices import SLA_STATE_LABELS
from tickets.targets import State, Target, state_now

# The solution's clock goes without a name: it is the one that everybody means.
CLOCK_NAMES = {
    Target.RECEIPT: pgettext_lazy("clock on a chip", "Intake"),
    Target.RESPONSE: pgettext_lazy("clock on a chip", "Reply"),
    Target.UPDATE: pgettext_lazy("clock on a chip", "Update"),
    Target.CONFIRMATION: pgettext_lazy("clock on a chip", "Confirm"),
}
WORDS = {
    "left": _("%(time)s left"),
    "late": _("%(time)s late"),
    "named_left": _("%(clock)s %(time)s left"),
    "named_late": _("%(clock)s %(time)s late"),
    "under": _("<1m"),
    **DURATIONS,
}
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Chip:
    """One clock as a chip. `due_at` is None where no time runs; `clock` names it unless it is the solution's."""

    state: State
    text: str
    due_at: datetime | None = None
    clock: str = ""


def chip_of(state: State | str, target: Target | str, due_at: datetime | None, at: datetime) -> Chip:
    """The chip of a clock, from what is stored of it."""
    now = state_now(state, due_at, at)
    name = str(CLOCK_NAMES.get(Target(target), "")) if target else ""
    if due_at is None:
        return Chip(now, str(SLA_STATE_LABELS[now]))
    kind = "late" if now is State.LATE else "left"
    words = {"clock": name, "time": time_text(abs(due_at - at))}
    return Chip(now, str(WORDS[f"named_{kind}" if name else kind]) % words, due_at, name)


def time_text(length: timedelta) -> str:
    """A length of time in two units at most; what is under a minute says so, since "0m" reads as "now"."""
    return duration(length) if length >= MINUTE else str(WORDS["under"])
