"""Asking the requester for consent, writing down what was said, and remote sessions that rest on it (M3.3.1-1, M3.3.2-2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import NotAllowed, NotVisible
from tickets.choices import CONSENT_ITEM_LABELS
from tickets.consent import Item
from tickets.forms.agreements import (
    ConfirmForm,
    ConsentForm,
    SessionEndForm,
    SessionForm,
    SpokenConsentForm,
    WithdrawalForm,
)
from tickets.models import Consent, DiagnosisStep, RemoteSession, Ticket
from tickets.models.asking import Asking
from tickets.policies import can_work_on
from tickets.selectors import get_ticket
from tickets.services.agreements import consents, sessions
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.consents import Wish
from tickets.views.desk.asking import Sheet, answer_sheet

ANCHOR = "#latest"
USUAL_TIME_TO_ANSWER = timedelta(days=1)


def own_ticket(number: str, me: User) -> Ticket:
    """The ticket, if this person may work on it. Raises NotVisible and NotAllowed."""
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    return ticket


def _find(consent_id: int, me: User) -> Consent:
    row = Consent.objects.visible_to(me).select_related("ticket__requester").filter(pk=consent_id).first()
    if row is None:
        raise NotVisible
    if not can_work_on(me, row.ticket):
        raise NotAllowed
    return row


@desk_page("GET", "POST")
def consent_ask(request: HttpRequest, number: str) -> HttpResponseBase:
    """Ask for what the planned steps would touch, or for anything else."""
    me = viewer(request)
    ticket = own_ticket(number, me)
    planned = DiagnosisStep.objects.filter(ticket=ticket, state=DiagnosisStep.State.PLANNED, touch_count__gt=0)
    initial = {
        "items": sorted({code for step in planned for code in step.touches}),
        "purpose": "\n".join(step.action for step in planned),
        "answer_by_at": timezone.localtime(timezone.now() + USUAL_TIME_TO_ANSWER).strftime("%Y-%m-%dT%H:%M"),
    }

    def act(data: dict[str, Any]) -> str:
        consents.ask_consent(ticket_id=ticket.pk, wish=Wish(**data), actor=me, at=timezone.now())
        return _("%(name)s is asked and gets a mail.") % {"name": ticket.requester.get_full_name()}

    title = _("Ask %(name)s for consent") % {"name": ticket.requester.get_full_name()}
    form = ConsentForm(request.POST or None, initial=initial)
    return answer_sheet(request, ticket, form, Sheet(title, _("Ask"), anchor=ANCHOR), act)


@desk_page("GET", "POST")
def consent_spoken(request: HttpRequest, consent_id: int) -> HttpResponseBase:
    """Write down what the requester said by word of mouth."""
    me = viewer(request)
    row = _find(consent_id, me)
    items = {item.code: str(CONSENT_ITEM_LABELS[Item(item.code)]) for item in row.items.all()}

    def act(data: dict[str, Any]) -> str:
        answer = Answer(me, Asking.Via.SPOKEN, timezone.now(), data["words"])
        consents.answer_consent(consent_id=row.pk, allowed=data["allowed"], answer=answer)
        return _("It is recorded. The user gets a mail about it.")

    sheet = Sheet(_("What was said"), _("Record"), row.purpose, anchor=ANCHOR)
    return answer_sheet(request, row.ticket, SpokenConsentForm(request.POST or None, items=items), sheet, act)


@desk_page("GET", "POST")
def consent_withdrawn(request: HttpRequest, consent_id: int) -> HttpResponseBase:
    """Write down that the requester took a consent back by word of mouth."""
    me = viewer(request)
    row = _find(consent_id, me)

    def act(data: dict[str, Any]) -> str:
        answer = Answer(me, Asking.Via.SPOKEN, timezone.now(), data["words"])
        consents.withdraw_consent(consent_id=row.pk, answer=answer)
        return _("The consent doesn't hold any more.")

    sheet = Sheet(_("The user takes it back"), _("Record"), row.purpose, anchor=ANCHOR)
    return answer_sheet(request, row.ticket, WithdrawalForm(request.POST or None), sheet, act)


@desk_page("GET", "POST")
def consent_remind(request: HttpRequest, consent_id: int) -> HttpResponseBase:
    """Ask once more."""
    me = viewer(request)
    row = _find(consent_id, me)

    def act(data: dict[str, Any]) -> str:
        consents.remind_consent(consent_id=row.pk, actor=me, at=timezone.now())
        return _("%(name)s gets a reminder.") % {"name": row.ticket.requester.get_full_name()}

    sheet = Sheet(_("Remind of the request for consent"), _("Remind"), row.purpose, anchor=ANCHOR)
    form = ConfirmForm({} if request.method == "POST" else None)
    return answer_sheet(request, row.ticket, form, sheet, act)


@desk_page("GET", "POST")
def consent_cancel(request: HttpRequest, consent_id: int) -> HttpResponseBase:
    """Take the question back."""
    me = viewer(request)
    row = _find(consent_id, me)

    def act(data: dict[str, Any]) -> str:
        consents.cancel_consent(consent_id=row.pk, actor=me, at=timezone.now())
        return _("The question is taken back.")

    sheet = Sheet(_("Take the question back"), _("Take it back"), row.purpose, anchor=ANCHOR)
    # It has nothing to fill in, so that any POST is complete.
    form = ConfirmForm({} if request.method == "POST" else None)
    return answer_sheet(request, row.ticket, form, sheet, act)


@desk_page("GET", "POST")
def session_start(request: HttpRequest, number: str) -> HttpResponseBase:
    """Connect to the requester's device."""
    me = viewer(request)
    ticket = own_ticket(number, me)

    def act(data: dict[str, Any]) -> str:
        sessions.start_session(ticket_id=ticket.pk, actor=me, at=timezone.now(), **data)
        return _("The session has begun. End it as soon as you are done.")

    form = SessionForm(request.POST or None, initial={"device": ticket.device_hostname})
    sheet = Sheet(_("Start a remote session"), _("Start"), anchor=ANCHOR)
    return answer_sheet(request, ticket, form, sheet, act)


@desk_page("GET", "POST")
def session_end(request: HttpRequest, session_id: int) -> HttpResponseBase:
    """Leave the device, or tell afterwards what was done there."""
    me = viewer(request)
    row = RemoteSession.objects.visible_to(me).select_related("ticket").filter(pk=session_id).first()
    if row is None:
        raise NotVisible
    if not can_work_on(me, row.ticket):
        raise NotAllowed

    def act(data: dict[str, Any]) -> str:
        sessions.end_session(session_id=row.pk, actor=me, at=timezone.now(), **data)
        return _("The session is recorded.")

    sheet = Sheet(_("End the remote session"), _("Save"), anchor=ANCHOR)
    return answer_sheet(request, row.ticket, SessionEndForm(request.POST or None), sheet, act)
