"""Template tags of promises, windows and requests for action: flags, the desk's panel, the requester's card."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.templatetags.hd import icon, when_text
from tickets.lifecycle import WORKABLE, Status
from tickets.models import ActionRequest, Ticket, TimeProposal, WorkWindow
from tickets.models.asking import Asking
from tickets.policies import can_work_on
from tickets.promise_choices import ORIGIN_LABELS, OUTCOME_LABELS
from tickets.promise_ledger import Entry, kinds_asked, ledger_of, standing_of
from tickets.promises import Origin, Outcome, Standing, outcome_of
from tickets.views.desk.addresses import desk_url

register = template.Library()

OUTCOME_LOOKS = {
    Outcome.OPEN: ("none", "clock"),
    Outcome.MET: ("met", "checkc"),
    Outcome.MISSED: ("missed", "x"),
}


@register.simple_tag
def promise_flag(ticket: Ticket, at: datetime) -> SafeString:
    """What of the promise somebody has to see to, as a chip; nothing while it is simply promised (ux 3.4)."""
    standing = standing_of(ticket, at)
    if standing == Standing.PASSED:
        if ticket.promise_state == Standing.PROPOSED:
            return _chip("c-amber", "cal", _("Promise passed, new time proposed"))
        if ticket.promise_state == Standing.DECLINED:
            return _chip("c-red", "cal", _("Promise passed, new time declined"))
        return _chip("c-red", "cal", _("Promise passed, agree a new time"))
    if standing == Standing.PROPOSED:
        return _chip("", "cal", _("New time proposed"))
    if standing == Standing.DECLINED:
        return _chip("c-amber", "cal", _("New time declined"))
    return SafeString()


def _chip(colour: str, picture: str, text: str) -> SafeString:
    return format_html('<span class="chip {}">{}{}</span>', colour, icon(picture), text)


@register.simple_tag
def promise_note(ticket: Ticket, at: datetime) -> str:
    """When the ticket is promised, for the second line of a row; nothing once work has ended."""
    if ticket.promised_at is None or ticket.status not in WORKABLE:
        return ""
    return " · " + _("promised %(when)s") % {"when": when_text(ticket.promised_at)}


def _rights(ticket: Ticket, me: User) -> dict[str, bool]:
    may_work = can_work_on(me, ticket) and not ticket.is_archived
    return {
        "may_promise": may_work and ticket.status in WORKABLE,
        "may_ask": may_work and ticket.status in (Status.IN_PROGRESS, Status.WAITING),
    }


@register.inclusion_tag("desk/_agreement_buttons.html")
def agreement_buttons(ticket: Ticket, me: User, view: str | None) -> dict[str, Any]:
    """The button beside the next step."""
    return {**_rights(ticket, me), "new_time_url": desk_url("promise_new", ticket.number, view=view)}


@register.inclusion_tag("desk/_agreement_menu.html")
def agreement_menu(ticket: Ticket, me: User, view: str | None) -> dict[str, Any]:
    """What else the desk can agree on with the requester."""
    return {
        **_rights(ticket, me),
        "new_time_url": desk_url("promise_new", ticket.number, view=view),
        "window_url": desk_url("window_new", ticket.number, view=view),
        "action_url": desk_url("action_new", ticket.number, view=view),
    }


@register.inclusion_tag("desk/_agreement_panel.html", takes_context=True)
def agreement_panel(context: Any, ticket: Ticket, me: User, at: datetime, view: str | None) -> dict[str, Any]:
    """The ledger of promises with what waits for an answer, and the last window and request for action."""
    kinds = kinds_asked(ticket, me)
    ledger = ledger_of(ticket, me, at, has_proposals=TimeProposal.KIND in kinds)
    return {
        **_rights(ticket, me),
        "ticket": ticket,
        "entries": [_shown(entry) for entry in ledger.entries],
        "proposal": next((row for row in ledger.proposals if row.is_open), None),
        "last_proposal": ledger.proposals[-1] if ledger.proposals else None,
        "counter": ledger.counter,
        "window": _last(WorkWindow, ticket, me) if WorkWindow.KIND in kinds else None,
        "action": _last(ActionRequest, ticket, me) if ActionRequest.KIND in kinds else None,
        "is_first_shown": ledger.first_met is not None and len(ledger.entries) > 1,
        "first_met": ledger.first_met,
        "last_met": ledger.last_met,
        "new_time_url": desk_url("promise_new", ticket.number, view=view),
        "csrf_token": context.get("csrf_token"),
    }


def _last(model: type[WorkWindow] | type[ActionRequest], ticket: Ticket, me: User) -> WorkWindow | ActionRequest | None:
    """The last question of the kind that was not taken back."""
    rows = model.objects.visible_to(me).filter(ticket=ticket).exclude(state=Asking.State.CANCELLED)
    found: WorkWindow | ActionRequest | None = rows.order_by("-pk").first()
    return found


def _shown(entry: Entry) -> dict[str, Any]:
    look, picture = OUTCOME_LOOKS[entry.outcome]
    return {
        "promise": entry.promise,
        "holds": entry.holds,
        "origin": ORIGIN_LABELS[Origin(entry.promise.origin)],
        "outcome": OUTCOME_LABELS[entry.outcome],
        "look": look,
        "icon": picture,
    }


@register.inclusion_tag("portal/_agreed_time.html")
def agreed_time(ticket: Ticket) -> dict[str, Any]:
    """What was promised to the requester, and whether it was kept."""
    at = timezone.now()
    standing = standing_of(ticket, at)
    kept = None
    if ticket.promised_at is not None and ticket.resolved_at is not None:
        kept = outcome_of(ticket.promised_at, ticket.resolved_at, at) is Outcome.MET
    return {"promised_at": ticket.promised_at, "standing": standing, "state": ticket.promise_state, "kept": kept}
