"""What happened around promises, windows and requests for action, as the requester reads it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.choices import Act
from tickets.lifecycle import Command
from tickets.models import TicketEvent

Text = Promise | str
LINES: dict[str, tuple[Text, Text, str]] = {
    Act.NEW_TIME_PROPOSED: (
        _("You proposed a new time: %(time)s."),
        _("%(name)s proposed a new time: %(time)s."),
        "cal",
    ),
    Act.NEW_TIME_ANSWERED: (_("You agreed to %(time)s."), _("%(name)s agreed to %(time)s."), "cal"),
    Act.NEW_TIME_CANCELLED: (
        _("You took the proposed time back."),
        _("%(name)s took the proposed time back."),
        "cal",
    ),
    Act.NEW_TIME_AGREED: (
        _("You agreed to the suggestion: %(time)s."),
        _("%(name)s agreed to your suggestion: %(time)s."),
        "cal",
    ),
    Act.WINDOW_PROPOSED: (
        _("You proposed to work on it from %(time)s until %(end)s."),
        _("%(name)s proposed to work on it from %(time)s until %(end)s."),
        "cal",
    ),
    Act.WINDOW_ANSWERED: (
        _("You agreed to the work from %(time)s until %(end)s."),
        _("%(name)s agreed to the work from %(time)s until %(end)s."),
        "cal",
    ),
    Act.WINDOW_CANCELLED: (
        _("You took the proposed work window back."),
        _("%(name)s took the proposed work window back."),
        "cal",
    ),
    Act.ACTION_REQUESTED: (
        _("You asked for some steps to be done by %(time)s."),
        _("%(name)s asked for some steps to be done by %(time)s."),
        "rows",
    ),
    Act.ACTION_ANSWERED: (
        _("You said that the steps are done."),
        _("%(name)s said that the steps are done."),
        "check",
    ),
    Act.ACTION_CANCELLED: (
        _("You took the request back; nothing needs to be done."),
        _("%(name)s took the request back; nothing needs to be done."),
        "x",
    ),
}
LINES_BY_CASE: dict[tuple[str, str], tuple[Text, Text, str]] = {
    (Act.NEW_TIME_ANSWERED, "own"): (
        _("You declined %(time)s and suggested %(own)s."),
        _("%(name)s declined %(time)s and suggested %(own)s."),
        "cal",
    ),
    (Act.NEW_TIME_ANSWERED, "no"): (_("You declined %(time)s."), _("%(name)s declined %(time)s."), "cal"),
    (Act.NEW_TIME_ANSWERED, "spoken"): (
        _("You wrote down the agreement by word of mouth to %(time)s."),
        _("%(name)s wrote down that you agreed to %(time)s by word of mouth."),
        "cal",
    ),
    (Act.NEW_TIME_ANSWERED, "spoken own"): (
        _("You wrote down that %(time)s was declined and %(own)s suggested."),
        _("%(name)s wrote down that you declined %(time)s and suggested %(own)s."),
        "cal",
    ),
    (Act.NEW_TIME_ANSWERED, "spoken no"): (
        _("You wrote down that %(time)s was declined."),
        _("%(name)s wrote down that you declined %(time)s."),
        "cal",
    ),
    (Act.WINDOW_ANSWERED, "own"): (
        _("You would rather have the work done %(own)s."),
        _("%(name)s would rather have the work done %(own)s."),
        "cal",
    ),
    (Act.WINDOW_ANSWERED, "no"): (
        _("You said that the work window doesn't suit."),
        _("%(name)s said that the work window doesn't suit."),
        "cal",
    ),
    (Act.WINDOW_ANSWERED, "spoken"): (
        _("You wrote down the agreement by word of mouth to the work from %(time)s until %(end)s."),
        _("%(name)s wrote down that you agreed to the work from %(time)s until %(end)s."),
        "cal",
    ),
    (Act.WINDOW_ANSWERED, "spoken own"): (
        _("You wrote down that the work is rather wanted %(own)s."),
        _("%(name)s wrote down that you would rather have the work done %(own)s."),
        "cal",
    ),
    (Act.WINDOW_ANSWERED, "spoken no"): (
        _("You wrote down that the work window doesn't suit."),
        _("%(name)s wrote down that the work window doesn't suit you."),
        "cal",
    ),
    (Act.ACTION_ANSWERED, "no"): (
        _("You said that you can't do the steps."),
        _("%(name)s said that the steps can't be done."),
        "x",
    ),
    (Act.ACTION_ANSWERED, "spoken"): (
        _("You wrote down that the steps are done."),
        _("%(name)s wrote down that you have done the steps."),
        "check",
    ),
    (Act.ACTION_ANSWERED, "spoken no"): (
        _("You wrote down that the steps can't be done."),
        _("%(name)s wrote down that you can't do the steps."),
        "x",
    ),
}
BY_ITSELF: dict[str, tuple[Text, str]] = {
    Act.PROMISE_MADE: (_("It was promised to be solved by %(time)s."), "cal"),
    Act.PROMISE_PASSED: (_("The promised time %(time)s has passed, and it is not solved yet."), "bang"),
    Act.NEW_TIME_LAPSED: (_("The proposed time was not answered; what was promised before stands."), "cal"),
    Act.WINDOW_LAPSED: (_("The proposed work window was not answered; it is off."), "cal"),
    Act.ACTION_REMINDED: (_("A reminder of the steps was sent."), "bell"),
    Act.ACTION_LAPSED: (_("The time for the steps is over."), "rows"),
}
ANSWERS = {Act.NEW_TIME_ANSWERED, Act.WINDOW_ANSWERED, Act.ACTION_ANSWERED}


def is_part_of_another(event: TicketEvent) -> bool:
    """The waiting that follows from a request or an agreed window, which has a line of its own."""
    return event.code == Command.WAIT and bool({"action", "window"} & event.data.keys())


def case_of(event: TicketEvent) -> str:
    """Which of several lines an answer has; empty for a plain yes."""
    data = event.data
    is_yes = data.get("is_accepted", data.get("is_done"))
    answer = "" if is_yes else "own" if "own_at" in data else "no"
    return " ".join(part for part in ("spoken" if data.get("is_spoken") else "", answer) if part)
