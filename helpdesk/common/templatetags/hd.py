"""Template tags and filters of every page: icons, moments, durations, people, chips, form fields, user text.

Moments are shown in the active time zone and language; the pieces of a date are whole phrases in the catalogues.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any

import structlog
from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, PasswordInput, RadioSelect
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from helpdesk.common.text import visible as show_invisible

register = template.Library()

MONTHS = (
    pgettext_lazy("month, short", "Jan"),
    pgettext_lazy("month, short", "Feb"),
    pgettext_lazy("month, short", "Mar"),
    pgettext_lazy("month, short", "Apr"),
    pgettext_lazy("month, short", "May"),
    pgettext_lazy("month, short", "Jun"),
    pgettext_lazy("month, short", "Jul"),
    pgettext_lazy("month, short", "Aug"),
    pgettext_lazy("month, short", "Sep"),
    pgettext_lazy("month, short", "Oct"),
    pgettext_lazy("month, short", "Nov"),
    pgettext_lazy("month, short", "Dec"),
)
WEEKDAYS = (
    pgettext_lazy("weekday, short", "Mon"),
    pgettext_lazy("weekday, short", "Tue"),
    pgettext_lazy("weekday, short", "Wed"),
    pgettext_lazy("weekday, short", "Thu"),
    pgettext_lazy("weekday, short", "Fri"),
    pgettext_lazy("weekday, short", "Sat"),
    pgettext_lazy("weekday, short", "Sun"),
)

STATUS_COLOURS = {
    "new": "c-violet",
    "classified": "c-teal",
    "in_progress": "c-blue",
    "waiting": "",
    "resolved": "c-green",
    "closed": "outline",
    "cancelled": "outline",
}
# State of a clock -> (class, icon).
SLA_LOOKS = {
    "on_track": ("ok", "clock"),
    "soon": ("soon", "clockh"),
    "critical": ("crit", "clockf"),
    "late": ("late", "bang"),
    "paused": ("hold", "pause"),
    "met": ("met", "checkc"),
    "missed": ("miss", "x"),
    "none": ("none", "clock"),
}
CHANNEL_ICONS = {"portal": "globe", "email": "mail", "phone": "phone", "api": "key", "agent": "user", "chat": "chat"}

# A web address in running text ends at white space, quotes, brackets and full-width punctuation.
_URL = re.compile(r"https?://[^\s<>\"'`，。；：！？、（）【】《》“”「」]+", re.IGNORECASE)
_URL_TAIL = ".,;:!?)]}*_~"


@lru_cache(maxsize=2048)
def draw(template_name: str, facts: frozenset[tuple[str, str]]) -> SafeString:
    """A small fragment that depends on these facts alone, rendered once: a list shows the same chips on every row."""
    return mark_safe(get_template(template_name).render(dict(facts)))


def fragment(template_name: str, **facts: Any) -> SafeString:
    return draw(template_name, frozenset((name, str(value)) for name, value in facts.items()))


# --- Pictures ---------------------------------------------------------------------------------------------------


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite. Without `label` it is decoration beside a text and hidden from screen readers."""
    if label:
        return format_html('<svg class="i" role="img" aria-label="{}"><use href="#i-{}"/></svg>', label, name)
    return format_html('<svg class="i" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def channel_icon(channel: str, label: str = "") -> SafeString:
    """The drawing for a channel code; an unknown code gets the letter-box."""
    return icon(CHANNEL_ICONS.get(channel, "inbox"), label)


@register.simple_tag
def avatar(user: Any, size: str = "") -> SafeString:
    """Initials of a person on one of four colours, or a dashed circle for nobody. The name must stand beside it."""
    colour = ("a", "b", "c", "d")[(user.pk or 0) % 4] if user else "none"
    return fragment("includes/_avatar.html", initials=user.initials if user else "", colour=colour, size=size)


@register.simple_tag
def status_chip(status: str, label: str) -> SafeString:
    """A status as a chip; `label` is the word to show."""
    return fragment("includes/_status_chip.html", colour=STATUS_COLOURS.get(status, ""), label=label)


@register.simple_tag
def priority(level: int | None, label: str = "") -> SafeString:
    """Four bars, code and word of a priority 1..4; `label` alone while there is none."""
    return fragment("includes/_priority.html", level=level or "", label=label)


@register.inclusion_tag("includes/_sla_chip.html")
def sla_chip(state: str, label: str, title: str = "") -> dict[str, str]:
    """A clock as a chip. `state` is a key of SLA_LOOKS, `title` names the absolute time."""
    look, name = SLA_LOOKS.get(state, SLA_LOOKS["none"])
    return {"look": look, "icon_name": name, "label": label, "title": title}


# --- Moments and durations --------------------------------------------------------------------------------------


def _date_phrase(local: dt.datetime, *, this_year: bool) -> str:
    """`26 Nov`, or `2 Mar 2025` in another year."""
    values = {"day": local.day, "month": MONTHS[local.month - 1], "year": local.year}
    return (_("%(day)d %(month)s") if this_year else _("%(day)d %(month)s %(year)d")) % values


def _absolute(local: dt.datetime) -> str:
    """Date, weekday and time in full, for tooltips."""
    values = {
        "date": _date_phrase(local, this_year=False),
        "weekday": WEEKDAYS[local.weekday()],
        "time": f"{local:%H:%M}",
    }
    return _("%(weekday)s %(date)s, %(time)s") % values


def _near_phrase(days: int, time: str, *, in_sentence: bool) -> str | None:
    """Today, yesterday or tomorrow; None further away."""
    values = {"time": time}
    if days == 0:
        return (_("today %(time)s") if in_sentence else _("Today %(time)s")) % values
    if days == -1:
        return (_("yesterday %(time)s") if in_sentence else _("Yesterday %(time)s")) % values
    if days == 1:
        return (_("tomorrow %(time)s") if in_sentence else _("Tomorrow %(time)s")) % values
    return None


def _moment(value: dt.datetime, *, in_sentence: bool) -> str:
    local, now = timezone.localtime(value), timezone.localtime()
    time = f"{local:%H:%M}"
    near = _near_phrase((local.date() - now.date()).days, time, in_sentence=in_sentence)
    if near is not None:
        return near
    if local.year == now.year:
        values = {
            "weekday": WEEKDAYS[local.weekday()],
            "day": local.day,
            "month": MONTHS[local.month - 1],
            "time": time,
        }
        return _("%(weekday)s %(day)d %(month)s, %(time)s") % values
    return _("%(date)s, %(time)s") % {"date": _date_phrase(local, this_year=False), "time": time}


def time_element(value: dt.datetime, text: str) -> SafeString:
    """The text as a `<time>` whose tooltip has the full date."""
    return _time_element(value.replace(microsecond=0), text, timezone.get_current_timezone(), get_language())


@lru_cache(maxsize=4096)
def _time_element(value: dt.datetime, text: str, zone: dt.tzinfo, language: str | None) -> SafeString:
    """Kept, because a list that is read again shows the same moments; zone and language are the active ones."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        f"{value.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        _absolute(value.astimezone(zone)),
        text,
    )


@register.filter
def when(value: dt.datetime | None) -> str:
    """A moment as a `<time>` that stands alone; the tooltip has the full date. Nothing for None."""
    return time_element(value, _moment(value, in_sentence=False)) if value else ""


@register.filter
def when_text(value: dt.datetime | None) -> str:
    """A moment as plain text inside a sentence. Nothing for None."""
    return _moment(value, in_sentence=True) if value else ""


@register.filter
def date_text(value: dt.datetime | None) -> str:
    """A moment in full as plain text, for what is read later than it is written (mails). Nothing for None."""
    return _absolute(timezone.localtime(value)) if value else ""


@register.filter
def when_short(value: dt.datetime | None) -> str:
    """A moment for narrow columns: without the weekday. Nothing for None."""
    if not value:
        return ""
    local, now = timezone.localtime(value), timezone.localtime()
    time = f"{local:%H:%M}"
    text = _near_phrase((local.date() - now.date()).days, time, in_sentence=False)
    if text is None:
        date = _date_phrase(local, this_year=local.year == now.year)
        text = _("%(date)s, %(time)s") % {"date": date, "time": time}
    return time_element(value, text)


@register.filter
def clock_time(value: dt.datetime | None) -> str:
    """The time of day as a `<time>`, under a heading that names the day. Nothing for None."""
    return time_element(value, f"{timezone.localtime(value):%H:%M}") if value else ""


@register.filter
def day_text(value: dt.datetime | dt.date | None) -> str:
    """The day alone: today, yesterday, or the date with its weekday; a heading over what happened that day."""
    if not value:
        return ""
    now = timezone.localtime()
    day = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    if day == now.date():
        return pgettext("day", "Today")
    if day == now.date() - dt.timedelta(days=1):
        return pgettext("day", "Yesterday")
    moment = dt.datetime.combine(day, dt.time(), now.tzinfo)
    values = {"date": _date_phrase(moment, this_year=day.year == now.year), "weekday": WEEKDAYS[day.weekday()]}
    return _("%(weekday)s %(date)s") % values


def _ago_text(value: dt.datetime) -> str:
    minutes = int((timezone.now() - value).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(count)dm ago", "%(count)dm ago", minutes) % {"count": minutes}
    local, now = timezone.localtime(value), timezone.localtime()
    if local.date() == now.date() or minutes < 6 * 60:
        hours = minutes // 60
        return ngettext("%(count)dh ago", "%(count)dh ago", hours) % {"count": hours}
    if (now.date() - local.date()).days == 1:
        return pgettext("day", "Yesterday")
    return _date_phrase(local, this_year=local.year == now.year)


@register.filter
def ago(value: dt.datetime | None) -> str:
    """How long ago, as a `<time>` whose tooltip has the full date. A moment to come is shown as `when` does."""
    if not value:
        return ""
    if value > timezone.now() + dt.timedelta(minutes=1):
        return when(value)
    return time_element(value, _ago_text(value))


# The scripts that keep a length of time up to date get the same words.
DURATIONS = {
    "dh": gettext_lazy("%(days)dd %(hours)dh"),
    "d": gettext_lazy("%(days)dd"),
    "hm": gettext_lazy("%(hours)dh %(minutes)dm"),
    "h": gettext_lazy("%(hours)dh"),
    "m": gettext_lazy("%(minutes)dm"),
}


@register.filter
def duration(value: dt.timedelta | float | None) -> str:
    """A length of time (timedelta or seconds) in at most two units: `9m`, `2h 10m`, from 48 hours on `2d 3h`."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, dt.timedelta) else float(value)
    minutes = int(abs(seconds) // 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        days, rest = divmod(hours, 24)
        return str(DURATIONS["dh" if rest else "d"]) % {"days": days, "hours": rest}
    if hours:
        return str(DURATIONS["hm" if rest else "h"]) % {"hours": hours, "minutes": rest}
    return str(DURATIONS["m"]) % {"minutes": minutes}


@register.filter
def file_size(value: int | None) -> str:
    """Bytes as KB or MB (of 1024), never zero for a file that has something in it."""
    size = int(value or 0)
    if size < 1024 * 1024:
        return f"{-(-size // 1024)} KB"
    return f"{size / 1024 / 1024:.1f} MB"


# --- Text -------------------------------------------------------------------------------------------------------


def _link(match: re.Match[str]) -> str:
    """A found address as a link; closing punctuation stays outside, brackets inside only in pairs."""
    url, tail = match[0], ""
    while url and url[-1] in _URL_TAIL and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url, tail = url[:-1], url[-1] + tail
    if len(url) <= len("https://"):
        return escape(match[0])
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow"><bdi>{escape(url)}</bdi></a>{escape(tail)}'


@register.filter
def linebreaks_text(value: str | None) -> SafeString:
    """Text a person wrote: escaped, line breaks kept, web addresses as links, its direction kept to itself."""
    text = str(value or "")
    parts, last = [], 0
    for match in _URL.finditer(text):
        parts += [escape(text[last : match.start()]), _link(match)]
        last = match.end()
    parts.append(escape(text[last:]))
    # Everything in it is escaped above.
    return mark_safe(f'<div class="text" dir="auto">{"".join(parts)}</div>')


@register.simple_tag
def html_lang() -> str:
    """The active language as HTML wants it: script subtags begin with a capital letter."""
    language = get_language() or "zh-hans"
    return "zh-Hans" if language.startswith("zh") else language


@register.simple_tag
def request_id() -> str:
    """The number under which the log keeps this request; empty outside a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


# --- Forms ------------------------------------------------------------------------------------------------------


@register.filter
def visible(value: str | None) -> str:
    """An address or file name of somebody else's making, with the characters shown that one wouldn't see (C5)."""
    return show_invisible(value or "")


@register.filter
def error_target(bound: BoundField) -> str:
    """The id that a link in the error summary leads to: the control, or the first of a group."""
    if isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple):
        return f"{bound.auto_id}_0"
    return str(bound.id_for_label)


@register.inclusion_tag("includes/_field.html")
def field(bound: BoundField, **attrs: Any) -> dict[str, Any]:
    """A form field: label, hint, error, control, tied together for screen readers.

    `attrs` go to the control (underscores become hyphens); `field_class` goes to the element around it.
    """
    widget = bound.field.widget
    field_class = attrs.pop("field_class", "")
    control = {name.replace("_", "-"): value for name, value in attrs.items()}
    described = [f"{bound.auto_id}_hint"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_err")
        control["aria-invalid"] = "true"
    is_group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    if described and not is_group:
        control["aria-describedby"] = " ".join(described)
    if is_group:
        kind = "group"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    elif isinstance(widget, PasswordInput):
        kind = "password"
    else:
        kind = "file" if isinstance(widget, FileInput) else "control"
    options = list(bound.subwidgets) if is_group else []
    return {
        "bound": bound,
        "kind": kind,
        "described": " ".join(described),
        "field_class": field_class,
        "options": options,
        "control": bound.as_widget(attrs=control) if not is_group else "",
        # Where the empty answer is a choice with words of its own, something is always chosen.
        "optional": not bound.field.required
        and kind != "check"
        and not any(option.data["value"] == "" for option in options),
    }
