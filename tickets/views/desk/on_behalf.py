"""Writing down what somebody tells the desk (ux 2.8): find the person, write, save, or solve at once (M3.2-2).

The page for every channel; `call` is the same for the telephone, and both share what stands here.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.accounts.person_keys import typed_number
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import DomainError, InvalidInput, NotAllowed, NotVisible, Unprocessable
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import SeeOther, add_errors
from tickets.asset_lookup import asset_named, assets_meant, devices_of
from tickets.callers import caller, find_callers, incidents_near, open_tickets_of
from tickets.forms.calls import CallForm
from tickets.forms.desk import OnBehalfForm
from tickets.incidents import get_incident
from tickets.lifecycle import FINAL
from tickets.models import Attachment, Draft, MajorIncident, Ticket
from tickets.selectors import get_ticket
from tickets.services.create import Request
from tickets.services.drafts import drafts_for
from tickets.services.files import unsent_files
from tickets.services.on_behalf import NewContact, record_request
from tickets.services.sources import solution_of, with_solution
from tickets.suggestions import articles_for, is_enough
from tickets.views.desk.addresses import desk_url
from tickets.views.portal.submit import file_limits
from tickets.views.posted import file_ids, keep_uploads

# No user name has a colon.
SOMEBODY_NEW = ":new"
LONGEST_TYPED = 400
CONTACT = ("contact_name", "contact_department", "contact_phone", "contact_email", "contact_location")
_OF_NEW_CONTACT = {"full_name": "contact_name", "phone": "contact_phone", "email": "contact_email"}
_TEXTS = (
    *CONTACT,
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


@dataclass(frozen=True)
class Sheet:
    """One of the two pages: its form, template and kind of draft."""

    form: type[OnBehalfForm]
    template: str
    draft: Draft.Mode


NEW = Sheet(OnBehalfForm, "desk/new.html", Draft.Mode.ON_BEHALF)
CALL = Sheet(CallForm, "desk/call.html", Draft.Mode.CALL)


@dataclass
class Chosen:
    """Whom the page is about: `person`, or somebody new; `found` are the others who fit what was typed."""

    person: User | None = None
    is_new: bool = False
    found: Sequence[User] = ()
    has_searched: bool = False


@dataclass
class Filled:
    """A page as it is shown: the form, the caller, the files so far, and what else the page says."""

    form: OnBehalfForm
    chosen: Chosen = field(default_factory=Chosen)
    file_ids: Sequence[str] = ()
    more: dict[str, Any] = field(default_factory=dict)


@desk_page("GET", "POST")
def ticket_new(request: HttpRequest) -> HttpResponseBase:
    """The form, a step on the way without script, or the ticket."""
    me = recorder(request)
    follows = _followed(request, me)
    if request.method == "POST":
        return on_the_way(request, me, NEW, follows=follows) or _save(request, me, follows)
    draft = drafts_for(user=me, ticket=None).get(NEW.draft) if follows is None else None
    initial = {name: value for name, value in (draft or {}).items() if value}
    if request.GET.get("requester"):
        initial["requester"] = request.GET["requester"][:150]
    if follows is not None:
        initial = {"requester": follows.requester.username, "subject": follows.subject, **_classification_of(follows)}
    chosen = Chosen(caller(me, initial.get("requester", "")), initial.get("requester") == SOMEBODY_NEW)
    if chosen.person is not None:
        initial = {**contact_of(chosen.person), **initial}
    ids = (draft or {}).get("attachments", "").split()
    filled = Filled(OnBehalfForm(initial=initial), chosen, ids, {"follows": follows, "has_draft": bool(draft)})
    return page(request, NEW, filled)


def recorder(request: HttpRequest) -> User:
    """The person who writes down. Raises NotAllowed for those of the desk who don't work on tickets."""
    me = viewer(request)
    if not me.can(Ability.WORK):
        raise NotAllowed(_("Only support staff write down requests for others."))
    return me


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


def contact_of(person: User) -> dict[str, str]:
    return {
        "contact_name": person.get_full_name(),
        "contact_department": person.department.name if person.department else "",
        "contact_phone": person.phone,
        "contact_email": person.email or "",
        "contact_location": person.location,
    }


def contact_from(typed: str) -> dict[str, str]:
    """What was looked for, as the first thing known of somebody new."""
    name = "contact_phone" if typed_number(typed) else "contact_email" if "@" in typed else "contact_name"
    return {name: typed}


def on_the_way(request: HttpRequest, me: User, sheet: Sheet, *, follows: Ticket | None = None) -> HttpResponse | None:
    """A step without script that loses no word: looking for the caller (`step=search`), or taking over what an article
    says (`use`). None for a sheet that is sent. Raises NotVisible."""
    is_search = request.POST.get("step") == "search"
    if not is_search and "use" not in request.POST:
        return None
    values: dict[str, Any] = {name: request.POST.get(name, "") for name in sheet.form.base_fields if name != "files"}
    found = find_callers(me, values["who"][:200]) if is_search else []
    person = found[0] if len(found) == 1 else caller(me, values["requester"][:150])
    if person is not None:
        values |= {name: values[name] or text for name, text in contact_of(person).items()}
        values["asset"] = values["asset"] or device_said(me, person, values["who"])
    if not is_search:
        values |= taken_over(request, me, reader=follows.requester if follows is not None else person)
    kept, problems = keep_uploads(request.FILES.getlist("files"), actor=me, at=timezone.now())
    for sentence in problems:
        messages.error(request, sentence)
    chosen = Chosen(person, person is None and values["requester"] == SOMEBODY_NEW, found, has_searched=is_search)
    more = {"follows": follows, "is_apart": "is_apart" in request.POST}
    return page(request, sheet, Filled(sheet.form(initial=values), chosen, [*file_ids(request), *kept], more))


def device_said(me: User, person: User, who: str) -> str:
    """The tag of the caller's device, where they were found by it."""
    return next((device.tag for device in assets_meant(me, who) if device.holder_id == person.pk), "")


def taken_over(request: HttpRequest, me: User, *, reader: User | None) -> dict[str, Any]:
    """The solution typed so far with that of the chosen article (`use`) behind it. Raises NotVisible."""
    article = article_id(request.POST.get("use", ""))
    return {**with_solution(request.POST, solution_of(article, me, reader=reader)), "article": article}


def article_id(given: str) -> int:
    """Raises NotVisible for what can't be the id of an article."""
    found = whole_number(given)
    if found is None:
        raise NotVisible
    return found


def _save(request: HttpRequest, me: User, follows: Ticket | None) -> HttpResponseBase:
    at = timezone.now()
    form = OnBehalfForm(request.POST, request.FILES)
    ids = uploaded(request, form, me)
    chosen = Chosen(follows.requester) if follows else choose(request, me, form)
    is_solved = "solved" in request.POST
    requester = requester_of(chosen, form)
    if form.is_valid() and requester is not None:
        answers = form.cleaned_data
        try:
            number = record_request(
                key=sent_key(request),
                request=request_of(answers, ids, me),
                requester=requester,
                actor=me,
                channel=answers["channel"],
                at=at,
                resolution=resolution_of(answers) if is_solved else None,
                follows=follows,
                incident=running_incident(answers["incident"], me),
                article_id=answers["article"],
            )
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Ticket %(number)s is recorded.") % {"number": number})
            return SeeOther(desk_url("ticket", number))
    return page(request, NEW, Filled(form, chosen, ids, {"follows": follows}), status=422)


def sent_key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:64] or uuid.uuid4().hex


def uploaded(request: HttpRequest, form: OnBehalfForm, me: User) -> list[str]:
    """The ids of all files so far; what is wrong with new ones is said at the field."""
    kept, problems = keep_uploads(request.FILES.getlist("files"), actor=me, at=timezone.now())
    for sentence in problems:
        form.add_error("files", sentence)
    return [*file_ids(request), *kept]


def choose(request: HttpRequest, me: User, form: OnBehalfForm) -> Chosen:
    """The chosen caller; a search that fits exactly one person chooses them too."""
    form.is_valid()
    username = request.POST.get("requester", "")[:150]
    if username == SOMEBODY_NEW:
        return Chosen(is_new=True)
    person = caller(me, username)
    if person is not None:
        return Chosen(person)
    try:
        found = find_callers(me, request.POST.get("who", "")[:200])
    except DomainError:
        found = []
    if len(found) == 1:
        return Chosen(found[0])
    return Chosen(found=found, has_searched=bool(request.POST.get("who")))


def requester_of(chosen: Chosen, form: OnBehalfForm) -> User | NewContact | None:
    """Whom the request is for; None with an error at the field that lacks it."""
    if chosen.is_new:
        values = {name: form.cleaned_data.get(column, "") for name, column in _OF_NEW_CONTACT.items()}
        if values["full_name"].strip() or values["email"].strip():
            return NewContact(**values)
        form.add_error("contact_name", _("Say what this person is called."))
    elif chosen.person is None:
        form.add_error("who", _("Choose the person who has the problem."))
    return chosen.person


def refuse(form: OnBehalfForm, error: DomainError) -> None:
    """Put a refusal where it belongs; everything typed stays."""
    if isinstance(error, Unprocessable):
        form.add_error(None, _("This page was sent before with other words. Send it again to record another ticket."))
        return
    fields = {_OF_NEW_CONTACT.get(name, name): texts for name, texts in error.fields.items()}
    add_errors(form, InvalidInput(error.message, fields=fields))


def resolution_of(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: answers[name] for name in OnBehalfForm.RESOLUTION}


def request_of(answers: dict[str, Any], ids: list[str], me: User) -> Request:
    """Raises InvalidInput where the device isn't in the register. What was typed counts before what was ticked."""
    values = {name: answers[name] for name in _TEXTS}
    # Left empty, contact data comes from the account.
    values |= {name: answers[name] or None for name in CONTACT}
    field = "named" if answers["named"] else "asset"
    asset = asset_named(me, answers[field], field=field) if answers[field] else None
    return Request(**values, asset=asset, attachments=ids)


def running_incident(number: str, me: User) -> MajorIncident | None:
    """The incident that was chosen. Raises InvalidInput."""
    try:
        return get_incident(number=number, viewer=me) if number else None
    except NotVisible:
        raise InvalidInput(fields={"incident": [_("This incident is over.")]}) from None


def page(request: HttpRequest, sheet: Sheet, filled: Filled, *, status: int = 200) -> HttpResponse:
    """The whole page."""
    me, form, chosen = viewer(request), filled.form, filled.chosen
    is_solved = "solved" in request.POST
    people = list(chosen.found)
    if chosen.person is not None and chosen.person.pk not in [one.pk for one in people]:
        people = [chosen.person, *people]
    context = {
        "form": form,
        "people": people,
        "has_searched": chosen.has_searched,
        **about(chosen, me, sheet, form),
        **answers_to(form, me),
        "known_url": reverse("desk:known_answers") + ("?for=call" if sheet is CALL else ""),
        "is_solved": is_solved or any(form[name].value() for name in ("cause", "solution")),
        "has_more": any(form[name].value() or form[name].errors for name in ("error_message", "steps", "needed_by_at")),
        "key": uuid.uuid4().hex if status == 422 or not request.POST.get("key") else request.POST["key"][:64],
        "elapsed": form.elapsed(timezone.now()) if isinstance(form, CallForm) else 0,
        "files": _files(filled.file_ids, me),
        **file_limits(),
        **filled.more,
    }
    return render(request, sheet.template, context, status=status)


def about(chosen: Chosen, me: User, sheet: Sheet, form: OnBehalfForm) -> dict[str, Any]:
    """What is shown of the caller: are they waiting for us already, does their department suffer from an incident?"""
    person, wanted = chosen.person, str(form["asset"].value() or "")
    return {
        "person": person,
        "is_new": chosen.is_new,
        "is_call": sheet is CALL,
        "open_tickets": open_tickets_of(person, me) if person else [],
        "devices": devices_of(person, me, wanted=wanted) if person else [],
        "incidents": incidents_near(person, me) if person or chosen.is_new else [],
    }


def answers_to(form: OnBehalfForm, me: User) -> dict[str, Any]:
    """Articles like the subject that was typed, those for the named device first."""
    subject, device = (str(form[name].value() or "").replace("\x00", "") for name in ("subject", "named"))
    device = device or str(form["asset"].value() or "")
    subject = subject[:LONGEST_TYPED]
    devices = assets_meant(me, device) if is_enough(subject) else []
    return {"articles": articles_for(subject, me, devices=devices)}


def _files(ids: Sequence[str], me: User) -> list[Attachment]:
    try:
        return unsent_files(uuids=list(ids), actor=me) if ids else []
    except InvalidInput:
        return []


def sheet_of(request: HttpRequest) -> Sheet:
    """The page that asks for a part of itself."""
    return CALL if "call" in (request.GET.get("for"), request.POST.get("for")) else NEW


@desk_page("GET")
def callers(request: HttpRequest) -> HttpResponse:
    """People who fit what was typed, as choices."""
    found = find_callers(viewer(request), request.GET.get("who", "")[:200])
    context = {"people": found, "has_searched": True, "is_answer": True, "is_call": sheet_of(request) is CALL}
    return render(request, "desk/_callers.html", context)


@desk_page("GET")
def caller_card(request: HttpRequest) -> HttpResponse:
    """The chosen caller's contact data and open tickets. Raises NotVisible."""
    me, sheet = viewer(request), sheet_of(request)
    username = request.GET.get("requester", "")[:150]
    person = caller(me, username)
    if person is None and username != SOMEBODY_NEW:
        raise NotVisible
    who = request.GET.get("who", "")[:200]
    known = contact_of(person) | {"asset": device_said(me, person, who)} if person is not None else contact_from(who)
    form = sheet.form(initial=known)
    context = {"form": form, **about(Chosen(person, person is None), me, sheet, form)}
    return render(request, "desk/_caller.html", context)
