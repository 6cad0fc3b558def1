"""What a person wants to be told, how and when: reading it, and storing it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, tzinfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.models import OutboxMessage
from helpdesk.common.working_days import IsDayOff, calendar_names, days_off_of
from notifications import groups
from notifications.models import MailTimes, NotificationPreference
from notifications.quiet import QuietTime, at_weekends, never

Mode, Channel = NotificationPreference.Mode, OutboxMessage.Channel
# What can be chosen on which channel. The notification centre is a record, so it has no summary.
MODES = {
    Channel.EMAIL: (Mode.AT_ONCE, Mode.DIGEST, Mode.OFF),
    Channel.IN_APP: (Mode.AT_ONCE, Mode.OFF),
}


@dataclass(frozen=True)
class Wishes:
    """How one person wants to be told. `modes` has what differs from "at once", by group and channel."""

    zone: tzinfo
    modes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    quiet: QuietTime = QuietTime()
    days_off: str = ""
    digest_hour: int = MailTimes.DIGEST_HOUR

    def mode(self, topic: str, channel: str) -> str:
        """How this topic is told there; mandatory ones always at once."""
        group = groups.group_of(topic)
        if group is None or group.is_mandatory:
            return Mode.AT_ONCE
        return self.modes.get((group.code, channel), Mode.AT_ONCE)


def wishes_of(person: User) -> Wishes:
    zone = zoneinfo.ZoneInfo(person.timezone or settings.TIME_ZONE)
    # Whoever saved any wish has a row of times; most people have none.
    times = MailTimes.objects.filter(person=person).first()
    if times is None:
        return Wishes(zone)
    rows = NotificationPreference.objects.filter(person=person).values_list("group", "channel", "mode")
    return Wishes(
        zone=zone,
        modes={(group, channel): mode for group, channel, mode in rows},
        quiet=QuietTime(times.quiet_from, times.quiet_until, _days_off(times.days_off)),
        days_off=times.days_off,
        digest_hour=times.digest_hour,
    )


def _days_off(code: str) -> IsDayOff:
    """A calendar that is gone meanwhile has the usual weekends."""
    if not code:
        return never
    return at_weekends if code == MailTimes.WEEKENDS else days_off_of(code) or at_weekends


def days_off_on_offer(person: User) -> dict[str, str]:
    """What a person can choose for days without mails, by code: also what they chose once and is no longer offered."""
    offered = {"": _("every day"), MailTimes.WEEKENDS: _("not on Saturdays and Sundays")}
    for code, name in calendar_names().items():
        offered[code] = _("not on days off by the calendar “%(name)s”") % {"name": name}
    chosen = MailTimes.objects.filter(person=person).values_list("days_off", flat=True).first()
    if chosen and chosen not in offered:
        offered[chosen] = _("as chosen before; the calendar is no longer offered")
    return offered


@transaction.atomic
def save_wishes(
    *,
    person: User,
    modes: Mapping[tuple[str, str], str],
    quiet_from: time | None,
    quiet_until: time | None,
    days_off: str,
    digest_hour: int,
) -> None:
    """Store a person's own wishes, from now on also for what waits to be sent. `modes` by group and channel; those that
    are not named stay as they are.

    Raises InvalidInput: a mandatory group can't be refused, a quiet time needs both ends.
    """
    _refuse_times(quiet_from, quiet_until, digest_hour)
    if days_off not in days_off_on_offer(person):
        raise InvalidInput(fields={"days_off": [_("There is no such calendar.")]})
    for (code, channel), mode in modes.items():
        _refuse_mode(person, code, channel, mode)
    MailTimes.objects.update_or_create(
        person=person,
        defaults={
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "days_off": days_off,
            "digest_hour": digest_hour,
        },
    )
    for (code, channel), mode in modes.items():
        NotificationPreference.objects.update_or_create(
            person=person, group=code, channel=channel, defaults={"mode": mode}
        )


def _refuse_times(quiet_from: time | None, quiet_until: time | None, digest_hour: int) -> None:
    if (quiet_from is None) != (quiet_until is None):
        empty = "quiet_from" if quiet_from is None else "quiet_until"
        raise InvalidInput(fields={empty: [_("Give both times, or none.")]})
    if quiet_from is not None and quiet_from == quiet_until:
        raise InvalidInput(fields={"quiet_until": [_("Both times are the same. Give none for no quiet time.")]})
    if not 0 <= digest_hour <= 23:
        raise InvalidInput(fields={"digest_hour": [_("Give a full hour from 0 to 23.")]})


def _refuse_mode(person: User, code: str, channel: str, mode: str) -> None:
    name = f"{code}_{channel}"
    offered = {group.code: group for group in groups.groups_for(person)}
    if code not in offered or mode not in MODES.get(channel, ()):  # type: ignore[call-overload]
        raise InvalidInput(fields={name: [_("This can't be chosen.")]})
    if offered[code].is_mandatory and mode != Mode.AT_ONCE:
        raise InvalidInput(fields={name: [_("This is always told at once; it can't be switched off.")]})
