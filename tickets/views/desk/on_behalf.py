"""A ticket while the caller talks (ux 2.8): find the person, write down, save, or solve at once (M3.2-2)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import DomainError, InvalidInput, NotAllowed, NotVisible, Unprocessable
from helpdesk.common.web import SeeOther, add_errors
from tickets.callers import caller, find_callers, open_tickets_of
from tickets.forms.desk import OnBehalfForm
from tickets.lifecycle import FINAL
from tickets.models import Attachment, Draft, Ticket
from tickets.selectors import get_ticket
from tickets.services.create import Request
from tickets.services.drafts import drafts_for
from tickets.services.files import unsent_files
from tickets.services.on_behalf import record_request
from tickets.views.desk.access import desk_page, viewer
from tickets.views.desk.addresses import desk_url
from tickets.views.portal.submit import file_limits
from tickets.views.posted import file_ids, keep_uploads

_CONTACT = ("contact_name", "contact_department", "contact_phone", "contact_email", "contact_location")
_TEXTS = (
    *_CONTACT,
    "subject",
    "description",
    "error_message",
    "steps",
    "device_hostname",
    "device_ip",
    "needed_by_reason",
    "impact",
    "urgency",
    "category",
    "kind",
    "occurred_at",
    "needed_by_at",
)


@desk_page("GET", "POST")
def ticket_new(request: HttpRequest) -> HttpResponseBase:
    """The form, a search for the caller without script (`step=search`), or the ticket."""
    me = viewer(request)
    if not me.can(Ability.WORK):
        raise NotAllowed(_("Only support staff write down requests for others."))
    follows = _followed(request, me)
    if request.method == "POST":
        if request.POST.get("step") == "search":
            return _search(request, me, follows)
        return _save(request, me, follows)
    draft = drafts_for(user=me, ticket=None).get(Draft.Mode.ON_BEHALF) if follows is None else None
    initial = {name: value for name, value in (draft or {}).items() if value}
    if request.GET.get("requester"):
        initial["requester"] = request.GET["requester"][:150]
    if follows is not None:
        initial = {"requester": follows.requester.username, "subject": follows.subject, **_classification_of(follows)}
    person = caller(me, initial.get("requester", ""))
    if person is not None:
        initial = {**_contact_of(person), **initial}
    form = OnBehalfForm(initial=initial)
    ids = (draft or {}).get("attachments", "").split()
    return _page(request, form, person, ids, follows=follows, has_draft=bool(draft))


def _followed(request: HttpRequest, me: User) -> Ticket | None:
    """The closed ticket that this one continues (`?after=`). Raises NotVisible."""
    number = request.GET.get("after") or request.POST.get("after")
    if not number:
        return None
    if "\x00" in number:
        raise NotVisible
    old = get_ticket(number=number[:32], viewer=me)
    return old if old.status in FINAL else None


def _classification_of(ticket: Ticket) -> dict[str, str]:
    return {
        "category": ticket.category.code if ticket.category else "",
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "kind": ticket.kind_id,
        "device_hostname": ticket.device_hostname,
        "device_ip": ticket.device_ip,
    }


def _contact_of(person: User) -> dict[str, str]:
    return {
        "contact_name": person.get_full_name(),
        "contact_department": person.department.name if person.department else "",
        "contact_phone": person.phone,
        "contact_email": person.email or "",
        "contact_location": person.location,
    }


def _search(request: HttpRequest, me: User, follows: Ticket | None) -> HttpResponse:
    """Look for the caller without losing a word."""
    at = timezone.now()
    kept, problems = keep_uploads(request.FILES.getlist("files"), actor=me, at=at)
    values: dict[str, Any] = {name: request.POST.get(name, "") for name in OnBehalfForm.base_fields if name != "files"}
    found = find_callers(me, values["who"][:200])
    person = found[0] if len(found) == 1 else caller(me, values["requester"])
    if person is not None:
        values = {**values, **{name: values[name] or text for name, text in _contact_of(person).items()}}
    for sentence in problems:
        messages.error(request, sentence)
    form = OnBehalfForm(initial=values)
    return _page(request, form, person, [*file_ids(request), *kept], follows=follows, found=found, has_searched=True)


def _save(request: HttpRequest, me: User, follows: Ticket | None) -> HttpResponseBase:
    at = timezone.now()
    form = OnBehalfForm(request.POST, request.FILES)
    kept, problems = keep_uploads(request.FILES.getlist("files"), actor=me, at=at)
    ids = [*file_ids(request), *kept]
    for sentence in problems:
        form.add_error("files", sentence)
    person = follows.requester if follows else _person(me, form, request)
    is_solved = "solved" in request.POST
    if form.is_valid() and person is not None:
        answers = form.cleaned_data
        try:
            number = record_request(
                key=request.POST.get("key", "")[:64] or uuid.uuid4().hex,
                request=_request(answers, ids),
                requester=person,
                actor=me,
                channel=answers["channel"],
                at=at,
                resolution={name: answers[name] for name in OnBehalfForm.RESOLUTION} if is_solved else None,
                follows=follows,
            )
        except Unprocessable:
            form.add_error(
                None, _("This page was sent before with other words. Send it again to record another ticket.")
            )
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Ticket %(number)s is recorded.") % {"number": number})
            return SeeOther(desk_url("ticket", number))
    return _page(request, form, person, ids, follows=follows, is_solved=is_solved, status=422)


def _person(me: User, form: OnBehalfForm, request: HttpRequest) -> User | None:
    """The chosen caller; a search that fits exactly one person chooses them too."""
    form.is_valid()
    person = caller(me, request.POST.get("requester", "")[:150])
    if person is not None:
        return person
    try:
        found = find_callers(me, request.POST.get("who", "")[:200])
    except DomainError:
        found = []
    if len(found) == 1:
        return found[0]
    form.add_error("who", _("Choose the person who has the problem."))
    return None


def _request(answers: dict[str, Any], ids: list[str]) -> Request:
    values = {name: answers[name] for name in _TEXTS}
    # Left empty, contact data comes from the account.
    values |= {name: answers[name] or None for name in _CONTACT}
    return Request(**values, attachments=ids)


def _page(
    request: HttpRequest,
    form: OnBehalfForm,
    person: User | None,
    ids: list[str],
    *,
    follows: Ticket | None,
    found: list[User] | None = None,
    has_searched: bool = False,
    has_draft: bool = False,
    is_solved: bool = False,
    status: int = 200,
) -> HttpResponse:
    me = viewer(request)
    people = found or []
    if person is not None and person.pk not in [one.pk for one in people]:
        people = [person, *people]
    context = {
        "form": form,
        "person": person,
        "people": people,
        "has_searched": has_searched,
        "open_tickets": open_tickets_of(person, me) if person else [],
        "follows": follows,
        "has_draft": has_draft,
        "is_solved": is_solved or any(form[name].value() for name in ("cause", "solution")),
        "has_more": any(form[name].value() or form[name].errors for name in ("error_message", "steps", "needed_by_at")),
        "key": uuid.uuid4().hex if status == 422 or not request.POST.get("key") else request.POST["key"][:64],
        "files": _files(ids, me),
        **file_limits(),
    }
    return render(request, "desk/new.html", context, status=status)


def _files(ids: list[str], me: User) -> list[Attachment]:
    try:
        return unsent_files(uuids=ids, actor=me) if ids else []
    except InvalidInput:
        return []


@desk_page("GET")
def callers(request: HttpRequest) -> HttpResponse:
    """People who fit what was typed, as choices."""
    found = find_callers(viewer(request), request.GET.get("who", "")[:200])
    return render(request, "desk/_callers.html", {"people": found, "has_searched": True})


@desk_page("GET")
def caller_card(request: HttpRequest) -> HttpResponse:
    """The chosen caller's contact data and open tickets. Raises NotVisible."""
    me = viewer(request)
    person = caller(me, request.GET.get("requester", "")[:150])
    if person is None:
        raise NotVisible
    form = OnBehalfForm(initial=_contact_of(person))
    context = {"form": form, "person": person, "open_tickets": open_tickets_of(person, me)}
    return render(request, "desk/_caller.html", context)
