"""A ticket in plain words for its requester: one sentence, one chip, the tracker's small print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from helpdesk.accounts.models import User
from helpdesk.common.templatetags.hd import when_text
from helpdesk.common.text import set_apart
from tickets.choices import Closure, WaitsFor
from tickets.lifecycle import Status
from tickets.models import Ticket
from tickets.selectors import Stage, stages
from tickets.timing import Terms, reopen_until


@dataclass(frozen=True)
class Saying:
    """Who does what until when. `lead` stands out, `rest` may be empty."""

    lead: str
    rest: str = ""


def is_asked(ticket: Ticket, viewer: User) -> bool:
    """True when it is the viewer's turn."""
    if ticket.requester_id != viewer.pk:
        return False
    if ticket.open_questions and ticket.is_open:
        return True
    return ticket.status == Status.RESOLVED or (ticket.status == Status.WAITING and waits_for(ticket) == WaitsFor.USER)


def waits_for(ticket: Ticket) -> str:
    return ticket.waiting_reason.waits_for if ticket.waiting_reason is not None else ""


def handler(ticket: Ticket) -> str:
    """Who has the ticket, in a word: a person, else the team, else the desk."""
    if ticket.assignee is not None:
        return ticket.assignee.get_full_name()
    return ticket.team.name if ticket.team is not None else _("The IT service desk")


def saying(ticket: Ticket, viewer: User, terms: Terms, at: datetime) -> Saying:
    """The one sentence under the subject."""
    said = _said(ticket, viewer, terms, at)
    rest = said.rest
    if ticket.open_questions and ticket.is_open and ticket.requester_id == viewer.pk:
        rest = ngettext(
            "One thing needs your decision, see below.",
            "%(count)d things need your decision, see below.",
            ticket.open_questions,
        ) % {"count": ticket.open_questions}
    return Saying(set_apart(said.lead), set_apart(rest))


def _said(ticket: Ticket, viewer: User, terms: Terms, at: datetime) -> Saying:
    if ticket.offered_to is not None and ticket.status in (Status.NEW, Status.CLASSIFIED, Status.IN_PROGRESS):
        return _told_passed_on(ticket, ticket.offered_to)
    match Status(ticket.status):
        case Status.NEW | Status.CLASSIFIED:
            return _told_before_work(ticket)
        case Status.IN_PROGRESS:
            return _told_at_work(ticket)
        case Status.WAITING:
            return _told_waiting(ticket, viewer)
        case Status.RESOLVED:
            return _told_resolved(ticket, viewer)
        case Status.CANCELLED:
            return Saying(_("Withdrawn %(when)s.") % {"when": when_text(ticket.closed_at)})
        case _:
            return _told_closed(ticket, viewer, terms, at)


def _told_before_work(ticket: Ticket) -> Saying:
    if ticket.accepted_at is not None and ticket.assignee is not None:
        return Saying(
            _("%(name)s has received your report.") % {"name": handler(ticket)},
            _("You will hear from us here and by e-mail."),
        )
    if ticket.team is not None:
        return Saying(
            _("Your report is with the team “%(team)s”.") % {"team": ticket.team.name},
            _("We tell you here and by e-mail as soon as somebody has taken it on."),
        )
    return Saying(
        _("The IT service desk looks at your report first."),
        _("We tell you here and by e-mail as soon as somebody has taken it on."),
    )


def _told_passed_on(ticket: Ticket, person: User) -> Saying:
    facts = {"name": person.get_full_name(), "level": level_word(ticket)}
    return Saying(
        _("It has been passed on to level %(level)s; %(name)s is asked to take it over.") % facts,
        _("You need not do anything now."),
    )


def level_word(ticket: Ticket) -> str:
    """How far up it stands; the first line is L1."""
    return f"L{ticket.escalation_level + 1}"


def _told_at_work(ticket: Ticket) -> Saying:
    name = {"name": handler(ticket)}
    if ticket.reopen_count:
        return Saying(_("%(name)s is working on it again.") % name, _("You need not do anything now."))
    return Saying(_("%(name)s is looking for the cause.") % name, _("You need not do anything now."))


def _told_waiting(ticket: Ticket, viewer: User) -> Saying:
    facts = {"name": handler(ticket), "when": when_text(ticket.next_action_at)}
    again = _("We go on with it %(when)s at the latest.") % facts
    match waits_for(ticket):
        case WaitsFor.USER if ticket.requester_id == viewer.pk:
            return Saying(
                _("%(name)s needs an answer from you.") % facts,
                _("Without one we come back to it %(when)s.") % facts,
            )
        case WaitsFor.USER:
            lead = _("%(name)s is waiting for an answer from %(requester)s.")
            return Saying(lead % {**facts, "requester": ticket.requester.get_full_name()}, again)
        case WaitsFor.VENDOR:
            return Saying(_("%(name)s is waiting for the vendor's answer.") % facts, again)
        case WaitsFor.APPROVAL:
            return Saying(_("%(name)s is waiting for an approval.") % facts, again)
        case WaitsFor.PARTS:
            return Saying(_("%(name)s is waiting for parts.") % facts, again)
        case _:
            return Saying(_("%(name)s goes on with it %(when)s, as agreed.") % facts)


def _told_resolved(ticket: Ticket, viewer: User) -> Saying:
    facts = {
        "name": handler(ticket),
        "requester": ticket.requester.get_full_name(),
        "when": when_text(ticket.confirm_by_at),
    }
    if ticket.requester_id != viewer.pk:
        return Saying(
            _("%(name)s thinks this is fixed. %(requester)s is asked to confirm it.") % facts,
            _("Without an answer by %(when)s it closes by itself.") % facts,
        )
    if ticket.outcome is not None and ticket.outcome.is_workaround:
        lead = _("%(name)s has found another way for you. Please try it.") % facts
    else:
        lead = _("%(name)s thinks this is fixed. Please try it.") % facts
    return Saying(lead, _("Without an answer by %(when)s it closes by itself. You can still reopen it then.") % facts)


def _told_closed(ticket: Ticket, viewer: User, terms: Terms, at: datetime) -> Saying:
    if ticket.closure == Closure.UNCONFIRMED:
        lead = _("Closed without an answer, as announced.")
    elif ticket.requester_id == viewer.pk:
        lead = _("Closed. Thank you for confirming.")
    else:
        lead = _("Closed. %(requester)s confirmed it.") % {"requester": ticket.requester.get_full_name()}
    until = reopen_until(ticket.closed_at, terms) if ticket.closed_at and not ticket.is_archived else None
    if until is None or at >= until or ticket.requester_id != viewer.pk:
        return Saying(lead)
    return Saying(lead, _("If it comes back before %(when)s you can reopen this ticket.") % {"when": when_text(until)})


_CHIPS = {
    Status.IN_PROGRESS: "c-blue",
    Status.RESOLVED: "c-green",
    Status.CLOSED: "outline",
    Status.CANCELLED: "outline",
}


def chip(ticket: Ticket, viewer: User) -> dict[str, str]:
    """How it stands, in two or three words with a colour."""
    if is_asked(ticket, viewer):
        if ticket.status == Status.RESOLVED:
            return {"label": _("Please confirm"), "colour": "c-green"}
        return {"label": _("Please answer"), "colour": "c-amber"}
    labels = {
        Status.NEW: _("Reported"),
        Status.CLASSIFIED: _("Reported"),
        Status.IN_PROGRESS: _("Being worked on"),
        Status.RESOLVED: _("To be confirmed"),
        Status.CLOSED: _("Closed"),
        Status.CANCELLED: _("Withdrawn"),
    }
    status = Status(ticket.status)
    if status in (Status.NEW, Status.CLASSIFIED):
        if ticket.accepted_at is not None:
            return {"label": _("We have it"), "colour": "c-teal"}
        return {"label": labels[status], "colour": "c-violet"}
    if status == Status.WAITING:
        return {"label": _waiting_words(ticket), "colour": ""}
    return {"label": labels[status], "colour": _CHIPS[status]}


def _waiting_words(ticket: Ticket) -> str:
    return {
        WaitsFor.USER: _("Waiting for an answer"),
        WaitsFor.VENDOR: _("Waiting for the vendor"),
        WaitsFor.APPROVAL: _("Waiting for approval"),
        WaitsFor.PARTS: _("Waiting for parts"),
    }.get(waits_for(ticket), _("Time agreed"))  # type: ignore[call-overload]


@dataclass(frozen=True)
class Step:
    """One step of the tracker as it is drawn."""

    number: int
    label: str
    state: str
    at: datetime | None
    note: str
    is_previous: bool


def steps(ticket: Ticket, viewer: User) -> list[Step]:
    """The tracker; empty for a withdrawn ticket, which skipped the rest of the way."""
    if ticket.status == Status.CANCELLED:
        return []
    found = stages(ticket)
    current = next(index for index, stage in enumerate(found) if stage.state == "current")
    return [_step(index, stage, current, ticket, viewer) for index, stage in enumerate(found)]


def _step(index: int, stage: Stage, current: int, ticket: Ticket, viewer: User) -> Step:
    labels = {
        "reported": pgettext("step of a ticket", "Reported"),
        "received": pgettext("step of a ticket", "Received"),
        "finding": pgettext("step of a ticket", "Finding cause"),
        "fix_sent": pgettext("step of a ticket", "Fix sent"),
        "confirm": pgettext("step of a ticket", "You confirm")
        if ticket.requester_id == viewer.pk
        else pgettext("step of a ticket", "Confirmation"),
        "closed": pgettext("step of a ticket", "Closed"),
    }
    note = ""
    if index == current and stage.code != "closed":
        note = _step_note(ticket, viewer)
    return Step(index + 1, labels[stage.code], stage.state, None if note else stage.at, note, index == current - 1)


def _step_note(ticket: Ticket, viewer: User) -> str:
    if is_asked(ticket, viewer):
        return _("Waiting for you")
    if ticket.status == Status.WAITING:
        return _waiting_words(ticket)
    if ticket.status == Status.IN_PROGRESS:
        if ticket.escalation_level and ticket.offered_to_id is not None:
            return _("Passed on to level %(level)s") % {"level": level_word(ticket)}
        if ticket.escalation_level and ticket.team is not None:
            return _("Level %(level)s, %(team)s") % {"level": level_word(ticket), "team": ticket.team.name}
        return _("In progress")
    return ""


def progress(ticket: Ticket) -> list[str]:
    """The five bars of a card: `d` done, `c` current, empty ahead. None for a withdrawn ticket."""
    if ticket.status == Status.CANCELLED:
        return []
    return [{"done": "d", "current": "c"}.get(stage.state, "") for stage in stages(ticket)[:5]]
