"""Agreeing on times and actions with the requester: asking, writing down a spoken answer, taking back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, NotVisible
from helpdesk.common.forms import PlainForm
from helpdesk.common.templatetags.hd import when_text
from helpdesk.common.web import SeeOther
from tickets.forms.promises import (
    ActionForm,
    NewTimeForm,
    SpokenActionForm,
    SpokenTimeForm,
    SpokenWindowForm,
    WindowForm,
)
from tickets.models import ActionRequest, Ticket, TimeProposal, WorkWindow
from tickets.models.asking import Asking
from tickets.services.agreements.actions import Guidance, answer_action, cancel_action, request_action
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.promises import (
    NewTime,
    accept_counter,
    answer_proposal,
    cancel_proposal,
    propose_time,
)
from tickets.services.agreements.rows import Row
from tickets.services.agreements.windows import Window, answer_window, cancel_window, propose_window
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.asking import Sheet, answer_sheet
from tickets.views.desk.consents import own_ticket

Act = Callable[[dict[str, Any], User, datetime], object]


@desk_page("GET", "POST")
def promise_new(request: HttpRequest, number: str) -> HttpResponseBase:
    """Propose a new time for what was promised (M3.3.3-2)."""
    ticket = _workable(request, number)

    def act(data: dict[str, Any], me: User, at: datetime) -> None:
        propose_time(ticket_id=ticket.pk, new=NewTime(**data), actor=me, at=at)

    texts = (_("Agree a new time"), _("Ask the user"), _("The user is asked whether the new time suits them."))
    return _form_page(request, ticket, NewTimeForm(request.POST or None), act, *texts, promised_at=ticket.promised_at)


@desk_page("GET", "POST")
def window_new(request: HttpRequest, number: str) -> HttpResponseBase:
    """Propose a time to work on it (M3.3.2-3)."""
    ticket = _workable(request, number)

    def act(data: dict[str, Any], me: User, at: datetime) -> None:
        propose_window(ticket_id=ticket.pk, window=Window(**data), actor=me, at=at)

    texts = (_("Propose a work window"), _("Ask the user"), _("The user is asked whether the time suits them."))
    return _form_page(request, ticket, WindowForm(request.POST or None), act, *texts)


@desk_page("GET", "POST")
def action_new(request: HttpRequest, number: str) -> HttpResponseBase:
    """Ask the requester to do something, step by step (M3.3.3-3)."""
    ticket = _workable(request, number)

    def act(data: dict[str, Any], me: User, at: datetime) -> None:
        guidance = Guidance(data["words"], data["steps"].splitlines(), data["answer_by_at"])
        request_action(ticket_id=ticket.pk, guidance=guidance, actor=me, at=at)

    in_two_days = (timezone.localtime() + timedelta(days=2)).replace(hour=18, minute=0, second=0, microsecond=0)
    form = ActionForm(request.POST or None, initial={"answer_by_at": in_two_days})
    texts = (_("Ask the user to do something"), _("Ask the user"), _("The user is asked; the ticket waits for them."))
    return _form_page(request, ticket, form, act, *texts)


@desk_page("GET", "POST")
def promise_spoken(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """Write down what the requester said about a proposed time."""
    ticket, row = _waiting_row(request, TimeProposal, number, pk)

    def act(data: dict[str, Any], me: User, at: datetime) -> None:
        is_accepted = data["answer"] == "yes"
        counter_at = None if is_accepted else data["counter_at"]
        answer = Answer(me, Asking.Via.SPOKEN, at, data["words"])
        answer_proposal(proposal_id=row.pk, is_accepted=is_accepted, counter_at=counter_at, answer=answer)

    return _spoken_page(request, ticket, SpokenTimeForm(request.POST or None), act, asked_at=row.proposed_at)


@desk_page("GET", "POST")
def window_spoken(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """Write down what the requester said about a work window."""
    ticket, row = _waiting_row(request, WorkWindow, number, pk)

    def act(data: dict[str, Any], me: User, at: datetime) -> None:
        is_accepted = data["answer"] == "yes"
        wished_at = None if is_accepted else data["wished_at"]
        answer = Answer(me, Asking.Via.SPOKEN, at, data["words"])
        answer_window(window_id=row.pk, is_accepted=is_accepted, wished_at=wished_at, answer=answer)

    return _spoken_page(request, ticket, SpokenWindowForm(request.POST or None), act, asked_at=row.starts_at)


@desk_page("GET", "POST")
def action_spoken(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """Write down what the requester said about a request for action."""
    ticket, row = _waiting_row(request, ActionRequest, number, pk)

    def act(data: dict[str, Any], me: User, at: datetime) -> None:
        answer = Answer(me, Asking.Via.SPOKEN, at, data["words"])
        answer_action(request_id=row.pk, is_done=data["answer"] == "yes", done=data["done"], answer=answer)

    return _spoken_page(request, ticket, SpokenActionForm(request.POST or None, row=row), act)


@desk_page("POST")
def promise_counter(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """Promise the time that the requester suggested."""
    _ticket, row = _find(request, TimeProposal, number, pk)
    accept_counter(proposal_id=row.pk, actor=viewer(request), at=timezone.now())
    messages.success(request, _("The suggested time is promised now."))
    return _back(request, number)


@desk_page("POST")
def agreement_cancel(request: HttpRequest, number: str, kind: str, pk: int) -> HttpResponseBase:
    """Take back what was asked."""
    me, at = viewer(request), timezone.now()
    if kind == TimeProposal.KIND:
        cancel_proposal(proposal_id=_find(request, TimeProposal, number, pk)[1].pk, actor=me, at=at)
    elif kind == WorkWindow.KIND:
        cancel_window(window_id=_find(request, WorkWindow, number, pk)[1].pk, actor=me, at=at)
    elif kind == ActionRequest.KIND:
        cancel_action(request_id=_find(request, ActionRequest, number, pk)[1].pk, actor=me, at=at)
    else:
        raise NotVisible
    messages.success(request, _("It is taken back."))
    return _back(request, number)


def _workable(request: HttpRequest, number: str) -> Ticket:
    return own_ticket(number, viewer(request))


def _find(request: HttpRequest, model: type[Row], number: str, pk: int) -> tuple[Ticket, Any]:
    """The ticket and its row. Raises NotVisible, and NotAllowed for who may only read."""
    ticket = _workable(request, number)
    row = model.objects.visible_to(viewer(request)).filter(ticket=ticket, pk=pk).first()
    if row is None:
        raise NotVisible
    return ticket, row


def _waiting_row(request: HttpRequest, model: type[Row], number: str, pk: int) -> tuple[Ticket, Any]:
    ticket, row = _find(request, model, number, pk)
    if not row.is_open:
        raise Conflict(_("This has been answered or taken back already."), code="already_answered")
    return ticket, row


def _spoken_page(request: HttpRequest, ticket: Ticket, form: PlainForm, act: Act, **facts: Any) -> HttpResponseBase:
    texts = (_("Record the user's answer"), _("Save"), _("The answer is recorded; the user gets a mail about it."))
    return _form_page(request, ticket, form, act, *texts, **facts)


def _form_page(
    request: HttpRequest,
    ticket: Ticket,
    form: PlainForm,
    act: Act,
    title: str,
    submit: str,
    done: str,
    *,
    promised_at: datetime | None = None,
    asked_at: datetime | None = None,
) -> HttpResponseBase:
    """The sheet, with what was promised or proposed so far above the form."""

    def carry_out(data: dict[str, Any]) -> str:
        act(data, viewer(request), timezone.now())
        return done

    words = ""
    if promised_at is not None:
        words = _("Promised so far: %(when)s") % {"when": when_text(promised_at)}
    if asked_at is not None:
        words = _("Proposed: %(when)s") % {"when": when_text(asked_at)}
    return answer_sheet(request, ticket, form, Sheet(title, submit, words), carry_out)


def _back(request: HttpRequest, number: str) -> SeeOther:
    return SeeOther(desk_url("ticket", number, view=view_of(request)))
