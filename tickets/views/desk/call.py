"""The hotline (ux 2.8): who rings is looked up by their number, and what they say is written down while they talk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page
from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError, InvalidInput, NotVisible
from helpdesk.common.web import SeeOther
from tickets.callers import caller, find_callers
from tickets.choices import CallDirection, Channel
from tickets.forms.calls import CallForm
from tickets.models import Draft, Ticket
from tickets.models.call import NUMBER_LENGTH
from tickets.selectors import get_ticket
from tickets.services.drafts import drafts_for
from tickets.services.on_behalf import add_to_ticket, record_request
from tickets.views.desk.addresses import desk_url
from tickets.views.desk.on_behalf import (
    CALL,
    SOMEBODY_NEW,
    Chosen,
    Filled,
    choose,
    contact_from,
    contact_of,
    on_the_way,
    page,
    recorder,
    refuse,
    request_of,
    requester_of,
    resolution_of,
    running_incident,
    sent_key,
    uploaded,
)


@desk_page("GET", "POST")
def call(request: HttpRequest) -> HttpResponseBase:
    """The sheet, filled in for `?phone=` as a telephone system opens it; or what was written on it."""
    me = recorder(request)
    if request.method == "POST":
        return on_the_way(request, me, CALL) or _save(request, me)
    phone = request.GET.get("phone", "").replace("\x00", "").strip()[:NUMBER_LENGTH]
    draft = drafts_for(user=me, ticket=None).get(CALL.draft) or {}
    # Another call's unfinished sheet stays where it is: this one is a sheet of its own, not kept as a draft.
    is_apart = bool(draft and phone and draft.get("call_number") != phone)
    if draft and not is_apart:
        return _continued(request, me, draft)
    return page(request, CALL, _begun(request, me, phone, is_apart=is_apart))


def _begun(request: HttpRequest, me: User, phone: str, *, is_apart: bool) -> Filled:
    found = find_callers(me, phone) if phone else []
    person = found[0] if len(found) == 1 else caller(me, request.GET.get("requester", "")[:150])
    initial: dict[str, Any] = {
        "who": phone,
        "call_number": phone,
        "call_direction": CallDirection.OUT if request.GET.get("direction") == CallDirection.OUT else CallDirection.IN,
        "call_started_at": timezone.now().isoformat(),
    }
    chosen = Chosen(person, bool(phone) and not found and person is None, found, has_searched=bool(phone))
    if person is not None:
        initial |= contact_of(person)
    elif chosen.is_new:
        initial |= contact_from(phone)
    return Filled(CallForm(initial=initial), chosen, more={"is_apart": is_apart})


def _continued(request: HttpRequest, me: User, draft: dict[str, Any]) -> HttpResponseBase:
    initial = {name: value for name, value in draft.items() if value}
    chosen = Chosen(caller(me, initial.get("requester", "")), initial.get("requester") == SOMEBODY_NEW)
    if chosen.person is not None:
        initial = {**contact_of(chosen.person), **initial}
    form = CallForm(initial=initial)
    ids = initial.get("attachments", "").split()
    return page(request, CALL, Filled(form, chosen, ids, {"has_draft": True}))


def _save(request: HttpRequest, me: User) -> HttpResponseBase:
    form = CallForm(request.POST, request.FILES)
    ids = uploaded(request, form, me)
    is_solved, is_apart = "solved" in request.POST, "is_apart" in request.POST
    chosen = choose(request, me, form)
    draft = "" if is_apart else Draft.Mode.CALL
    try:
        number = _recorded(request, me, form, chosen, ids, is_solved=is_solved, draft=draft)
    except DomainError as error:
        refuse(form, error)
        number = ""
    if not number:
        more = {"is_apart": is_apart}
        return page(request, CALL, Filled(form, chosen, ids, more), status=422)
    said = _("The call is written down on ticket %(number)s.") if form.cleaned_data["existing"] else None
    messages.success(request, (said or _("Ticket %(number)s is recorded.")) % {"number": number})
    return SeeOther(desk_url("ticket", number))


def _recorded(
    request: HttpRequest, me: User, form: CallForm, chosen: Chosen, ids: list[str], *, is_solved: bool, draft: str
) -> str:
    """The number of the ticket on which the call is now written down; empty with errors at the form's fields."""
    at = timezone.now()
    existing = form.cleaned_data.get("existing")
    requester = None if existing else requester_of(chosen, form)
    if not form.is_valid():
        return ""
    answers = form.cleaned_data
    if existing:
        return add_to_ticket(
            key=sent_key(request),
            ticket=_meant(existing, me),
            body=answers["description"],
            kind=answers["visibility"] or CallForm.NOTE,
            actor=me,
            at=at,
            call=form.call(at),
            attachments=ids,
            draft=draft,
        )
    assert requester is not None, "the form is valid only with a requester"
    return record_request(
        key=sent_key(request),
        request=request_of(answers, ids, me),
        requester=requester,
        actor=me,
        channel=Channel.PHONE,
        at=at,
        resolution=resolution_of(answers) if is_solved else None,
        call=form.call(at),
        incident=running_incident(answers["incident"], me),
        article_id=answers["article"],
        draft=draft,
    )


def _meant(number: str, me: User) -> Ticket:
    try:
        return get_ticket(number=number, viewer=me)
    except NotVisible:
        raise InvalidInput(fields={"existing": [_("There is no such ticket any more. Choose again.")]}) from None
