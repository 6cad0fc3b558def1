"""Ticket numbers before they are given out: what the next one looks like, and whether the format can be used."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from tickets.models import DeskSettings, NumberCounter, Ticket
from tickets.numbering import format_number

NUMBER_LENGTH = 32
LOOK_AHEAD = 200


def next_running_number(desk: DeskSettings) -> int:
    """The running number that the next ticket will get."""
    last = NumberCounter.objects.filter(name="ticket").values_list("value", flat=True).first() or 0
    return max(last + 1, desk.first_number)


def preview_number(desk: DeskSettings, *, at: datetime) -> str:
    """The next ticket's number under these settings, saved or not."""
    return _format(desk, next_running_number(desk), at)


def refuse_unusable_numbers(desk: DeskSettings, *, at: datetime) -> None:
    """Raise InvalidInput naming `number_format` if the coming numbers would be too long or exist already."""
    first = next_running_number(desk)
    longest = _format(desk, max(first, 9_999_999_999), at)
    if len(longest) > NUMBER_LENGTH:
        message = _("Numbers would become too long: at most %(limit)d characters, with room for ten digits.")
        raise InvalidInput(fields={"number_format": [message % {"limit": NUMBER_LENGTH}]})
    coming = [_format(desk, first + step, at) for step in range(LOOK_AHEAD)]
    taken = Ticket.objects.filter(number__in=coming).values_list("number", flat=True).first()
    if taken is not None:
        message = _("The number %(number)s would come soon, but a ticket has it already.")
        raise InvalidInput(fields={"number_format": [message % {"number": taken}]})


@transaction.atomic
def save_settings(*, desk: DeskSettings, actor: User, at: datetime, reason: str = "") -> DeskSettings:
    """Store the one row. Raises InvalidInput."""
    refuse_unusable_numbers(desk, at=at)
    desk._history_user = actor  # type: ignore[attr-defined]
    desk._change_reason = reason[:100]  # type: ignore[attr-defined]
    desk.save()
    return desk


def _format(desk: DeskSettings, n: int, at: datetime) -> str:
    return format_number(desk.number_format, n=n, year=at.astimezone(ZoneInfo(settings.TIME_ZONE)).year)
