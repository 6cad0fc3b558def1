"""What happened around promises, windows and requests for action, in whole sentences for the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import when_text
from tickets.choices import Act
from tickets.models import TicketEvent
from tickets.promise_choices import PROMISE_REASON_LABELS
from tickets.promises import Reason


def promise_words(event: TicketEvent) -> dict[str, str]:
    """Words for the codes and instants that such an event holds; empty for what it doesn't."""
    data = event.data
    why = data.get("why", "")
    return {
        "time": _moment(data, "due_at"),
        "old": _moment(data, "old_at"),
        "own": _moment(data, "own_at"),
        "end": _moment(data, "ends_at"),
        "because": str(PROMISE_REASON_LABELS[Reason(why)]) if why in set(Reason) else "",
    }


def _moment(data: dict[str, Any], name: str) -> str:
    return str(when_text(datetime.fromisoformat(data[name]))) if data.get(name) else ""


def _new_time_answered(event: TicketEvent) -> str:
    data = event.data
    if data.get("is_spoken"):
        if data["is_accepted"]:
            return _("%(actor)s wrote down that the requester agrees by word of mouth: promised is %(time)s.")
        if "own_at" in data:
            return _("%(actor)s wrote down that the requester declines %(time)s and suggests %(own)s.")
        return _("%(actor)s wrote down that the requester declines %(time)s.")
    if data["is_accepted"]:
        return _("%(actor)s agrees to the new time: promised is %(time)s.")
    if "own_at" in data:
        return _("%(actor)s declines %(time)s and suggests %(own)s.")
    return _("%(actor)s declines %(time)s.")


def _window_answered(event: TicketEvent) -> str:
    data = event.data
    if data.get("is_spoken"):
        if data["is_accepted"]:
            return _("%(actor)s wrote down that the requester agrees to the window from %(time)s until %(end)s.")
        if "own_at" in data:
            return _("%(actor)s wrote down that the window doesn't suit the requester, who would like %(own)s.")
        return _("%(actor)s wrote down that the window doesn't suit the requester.")
    if data["is_accepted"]:
        return _("%(actor)s agrees to the window from %(time)s until %(end)s.")
    if "own_at" in data:
        return _("The window doesn't suit %(actor)s, who would like %(own)s.")
    return _("The window doesn't suit %(actor)s.")


def _action_answered(event: TicketEvent) -> str:
    data = event.data
    if data.get("is_spoken"):
        if data["is_done"]:
            return _("%(actor)s wrote down that the requester has done what was asked.")
        return _("%(actor)s wrote down that the requester can't do what was asked.")
    if data["is_done"]:
        return _("%(actor)s has done what was asked.")
    return _("%(actor)s can't do what was asked.")


TELLERS: dict[str, Callable[[TicketEvent], str]] = {
    Act.PROMISE_MADE.value: lambda event: _("The first promise to the requester is %(time)s."),
    Act.PROMISE_PASSED.value: lambda event: _("The promised time %(time)s has passed; a new one has to be agreed."),
    Act.NEW_TIME_PROPOSED.value: lambda event: _("%(actor)s proposed a new time, %(time)s: %(because)s."),
    Act.NEW_TIME_ANSWERED.value: _new_time_answered,
    Act.NEW_TIME_LAPSED.value: lambda event: _(
        "Nobody answered the proposed time %(time)s; what was promised before stands."
    ),
    Act.NEW_TIME_CANCELLED.value: lambda event: _("%(actor)s took the proposed time %(time)s back."),
    Act.NEW_TIME_AGREED.value: lambda event: _("%(actor)s accepted the requester's suggestion: promised is %(time)s."),
    Act.WINDOW_PROPOSED.value: lambda event: _("%(actor)s proposed a work window from %(time)s until %(end)s."),
    Act.WINDOW_ANSWERED.value: _window_answered,
    Act.WINDOW_LAPSED.value: lambda event: _("Nobody answered the proposed work window; it is off."),
    Act.WINDOW_CANCELLED.value: lambda event: _("%(actor)s took the proposed work window back."),
    Act.ACTION_REQUESTED.value: lambda event: _("%(actor)s asked the requester to do something until %(time)s."),
    Act.ACTION_ANSWERED.value: _action_answered,
    Act.ACTION_REMINDED.value: lambda event: _("The requester was reminded of what we asked them to do."),
    Act.ACTION_LAPSED.value: lambda event: _("The time to do what was asked is over; the requester has not answered."),
    Act.ACTION_CANCELLED.value: lambda event: _("%(actor)s took the request for action back."),
}
