"""Template tags of the desk: chips from a ticket, and addresses that keep the view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import channel_icon, duration, fragment, status_chip, time_element
from tickets.choices import ACT_LABELS, PRIORITY_LABELS, STATUS_LABELS, Channel
from tickets.lifecycle import Status
from tickets.models import Ticket
from tickets.priority import Priority

register = template.Library()


@register.simple_tag
def ticket_status(ticket: Ticket) -> SafeString:
    """The status as the desk calls it: a new ticket may be acknowledged, and waiting says for what."""
    if ticket.status == Status.NEW and ticket.accepted_at:
        return status_chip(Status.CLASSIFIED, _("Acknowledged"))
    label = str(STATUS_LABELS[Status(ticket.status)])
    if ticket.status == Status.WAITING and ticket.waiting_reason:
        label = ticket.waiting_reason.name
    return status_chip(ticket.status, label)


@register.simple_tag
def ticket_priority(level: str) -> SafeString:
    """Bars, code and word of a stored priority; muted words while there is none."""
    if not level:
        return fragment("includes/_priority.html", level="", label=_("Not classified"))
    return fragment("includes/_priority.html", level=level[1:], label=PRIORITY_LABELS[Priority(level)])


@register.simple_tag
def ticket_channel(ticket: Ticket) -> SafeString:
    """The drawing for how the request came. (Django's `get_channel_display` costs ten times as much per row.)"""
    return channel_icon(ticket.channel, str(Channel(ticket.channel).label))


@register.simple_tag
@lru_cache(maxsize=4096)
def ticket_url(number: str) -> str:
    """The workspace's address. Kept, because a list asks for the same ones each time it is read."""
    return reverse("desk:ticket", args=[number])


@register.filter
def is_unread(ticket: Ticket) -> bool:
    """Something happened since the viewer had the ticket open, or it is new and was never opened."""
    seen = getattr(ticket, "seen_version", None)
    if seen is None:
        return ticket.status == Status.NEW
    return seen < ticket.version


@register.filter
def age(created_at: datetime) -> SafeString:
    """How old a ticket is, with the full moment as the tooltip."""
    return time_element(created_at, duration(timezone.now() - created_at))


@register.filter
def act_name(code: str) -> str:
    """What was done, in words; a code that nobody knows any more stays as it is."""
    return str(ACT_LABELS.get(code, code))


@register.filter
def field_name(name: str) -> str:
    """A field of a ticket, in words."""
    return str(Ticket._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


@register.filter
def at(items: Sequence[Any], number: int) -> Any:
    """The item with this number, counted from 1."""
    return items[number - 1]


@register.filter
def is_long(text: str) -> bool:
    """More than a dozen lines, or as much running text: shown folded."""
    return text.count("\n") > 12 or len(text) > 1200
