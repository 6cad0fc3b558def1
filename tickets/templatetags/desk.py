"""Template tags of the desk: chips from a ticket, and addresses that keep the view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import (
    SLA_LOOKS,
    channel_icon,
    duration,
    fragment,
    icon,
    sla_chip,
    status_chip,
    time_element,
    when_text,
)
from tickets.chips import WORDS, Chip, chip_of
from tickets.choices import ACT_LABELS, PRIORITY_LABELS, SLA_STATE_LABELS, STATUS_LABELS, Channel
from tickets.guard import words
from tickets.lifecycle import Status
from tickets.models import Consent, MajorIncident, Ticket
from tickets.priority import Priority
from tickets.targets import State

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
def ticket_clock(ticket: Ticket, at: datetime) -> SafeString:
    """The clock that counts now, as a chip; "no target" where nothing is promised."""
    return clock_chip(chip_of(ticket.sla_state, ticket.next_due_target, ticket.next_due_at, at))


def clock_chip(chip: Chip) -> SafeString:
    """A clock's chip. What the text doesn't say in words, the drawing says to screen readers."""
    look, picture = SLA_LOOKS[chip.state]
    is_said = chip.state not in (State.SOON, State.CRITICAL)
    drawing = icon(picture) if is_said else icon(picture, str(SLA_STATE_LABELS[chip.state]))
    if chip.due_at is None:
        return format_html('<span class="chip sla {}">{}<span>{}</span></span>', look, drawing, chip.text)
    name = format_html(' data-clock="{}"', chip.clock) if chip.clock else ""
    return format_html(
        '<span class="chip sla {}" data-due="{}"{}>{}{}</span>',
        look,
        chip.due_at.isoformat(timespec="seconds"),
        name,
        drawing,
        time_element(chip.due_at, chip.text),
    )


@register.simple_tag
def clock_words() -> SafeString:
    """The words and the time from which a script keeps the chips up to date."""
    words = {name: str(text) for name, text in WORDS.items()}
    words |= {"crit": str(SLA_STATE_LABELS[State.CRITICAL]), "late_state": str(SLA_STATE_LABELS[State.LATE])}
    return format_html(
        '<template id="t-clocks" data-now="{}" data-words="{}"></template>',
        timezone.now().isoformat(),
        json.dumps(words, ensure_ascii=False),
    )


@register.filter
def call_length(value: timedelta) -> str:
    """How long a call took, as telephones show it: `3:20`, `1:02:05`."""
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.simple_tag
def ticket_channel(ticket: Ticket) -> SafeString:
    """The drawing for how the request came. (Django's `get_channel_display` costs ten times as much per row.)"""
    return channel_icon(ticket.channel, str(Channel(ticket.channel).label))


@register.simple_tag
@lru_cache(maxsize=4096)
def ticket_url(number: str) -> str:
    """The workspace's address. Kept, because a list asks for the same ones each time it is read."""
    return reverse("desk:ticket", args=[number])


@register.inclusion_tag("includes/_sla_chip.html")
def update_due(incident: MajorIncident, at: datetime) -> dict[str, str]:
    """When an incident's next word is due, as a chip: soon in the last quarter of its cadence, then late."""
    due = incident.next_update_due_at
    if due is None:
        return sla_chip("none", _("No update due"))
    if due <= at:
        return sla_chip("late", _("Update %(time)s late") % {"time": duration(at - due)}, when_text(due))
    is_soon = (due - at).total_seconds() <= incident.update_every_minutes * 60 / 4
    state = "soon" if is_soon else "on_track"
    return sla_chip(state, _("Update in %(time)s") % {"time": duration(due - at)}, when_text(due))


_SEVERITY_COLOURS = {1: "c-red", 2: "c-orange", 3: "c-amber"}


@register.simple_tag
def severity(incident: MajorIncident) -> SafeString:
    """How bad an incident is, as a chip."""
    facts = {"colour": _SEVERITY_COLOURS[incident.severity], "label": incident.get_severity_display()}
    return fragment("includes/_severity.html", **facts)


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


@register.filter
def holds(consent: Consent) -> bool:
    """Something of the consent may be done now."""
    return consent.is_in_force(timezone.now()) and bool(consent.allowed)


@register.filter
def consent_items(codes: list[str]) -> str:
    """What a step touches, in words."""
    return words(codes)


@register.simple_tag(takes_context=True)
def question(context: Context, card: Any) -> SafeString:
    """A question's fields and buttons, inside a form, with what its own page would name."""
    row = card.asked.row
    # Several questions stand on one page, so the ids of their fields differ.
    names = {**context.flatten(), "asked": row, "prefix": f"{card.question.kind}-{row.pk}-", **card.asked.facts}
    return render_to_string(card.question.template, names)
