"""A security incident: its checklist, its evidence, and the report of the first response (M2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.secrecy import CustodyForm, EvidenceForm, RaiseForm, StepForm
from tickets.models import ConfidentialRead, Evidence, SecurityIncident, SecurityStep, Ticket
from tickets.policies import can_handle_security, can_see_readings, can_work_on
from tickets.secrecy import evidence_of, glasses_on, named_on, readings_of, security_of, steps_of, summary
from tickets.selectors import get_ticket, own_files, timeline
from tickets.sentences import names_for
from tickets.services.evidence import Check, check_evidence, pass_on, secure_evidence
from tickets.services.security import end_step, raise_security_incident
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.confidentiality import dialog
from tickets.views.desk.story import items_of
from tickets.views.posted import keep_uploads


@desk_page("GET")
def security(request: HttpRequest, number: str) -> HttpResponseBase:
    """The checklist with its timers, and the evidence with its chains of custody."""
    me, at = viewer(request), timezone.now()
    ticket = get_ticket(number=number, viewer=me)
    context = {
        **_about(ticket, me, at),
        "may_act": can_handle_security(me, ticket) and not ticket.is_archived,
        "may_check": can_handle_security(me, ticket),
        "can_see_readings": can_see_readings(me, ticket),
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
    }
    return render(request, "desk/security.html", context)


def _about(ticket: Ticket, me: User, at: datetime) -> dict[str, Any]:
    """What page and report show. Raises NotVisible where no security incident was raised."""
    incident = security_of(ticket, me)
    if incident is None:
        raise NotVisible
    people, teams = named_on(ticket)
    steps = steps_of(ticket, me)
    return {
        "ticket": ticket,
        "security": incident,
        "officers": list(incident.officers.order_by("full_name")),
        "steps": steps,
        **summary(steps, at),
        "evidence": list(evidence_of(me).filter(ticket=ticket)),
        "readings": readings_of(ticket, me),
        "glasses": glasses_on(ticket, me),
        "named_people": people,
        "named_teams": teams,
        "now": at,
        "me": me,
        "desk_views": (),
        "contact": {},
    }


@desk_page("GET", "POST")
def security_raise(request: HttpRequest, number: str) -> HttpResponseBase:
    """The one button: shut the ticket, call the duty officer, start the checklist."""
    me = viewer(request)
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    form, status = RaiseForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                raise_security_incident(ticket_id=ticket.pk, actor=me, at=timezone.now(), **form.cleaned_data)
            except (InvalidInput, Conflict) as error:
                add_errors(form, error)
                status = error.status if isinstance(error, Conflict) else 422
            else:
                messages.warning(
                    request, _("The ticket is shut and the duty officer is called. Go on with the checklist.")
                )
                return SeeOther(desk_url("security", number))
    title = _("Raise a security incident")
    said = _(
        "The ticket is shut at once: only you, its assignee and the duty officer can read it. Then the clock runs."
    )
    return dialog(request, ticket, form, title=title, submit=title, notice=said, status=status, is_danger=True)


@desk_page("GET", "POST")
def security_step(request: HttpRequest, step_id: int) -> HttpResponseBase:
    """Say that a step is done, or why it doesn't apply."""
    me = viewer(request)
    found = SecurityStep.objects.visible_to(me).select_related("ticket").filter(pk=step_id).first()
    if found is None:
        raise NotVisible
    ticket, back_url = _for_acting(found.ticket.number, me)
    form, status = StepForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                end_step(
                    step_id=found.pk,
                    state=SecurityStep.State(data["state"]),
                    words=data["words"],
                    actor=me,
                    at=timezone.now(),
                )
            except (InvalidInput, Conflict) as error:
                add_errors(form, error)
                status = error.status if isinstance(error, Conflict) else 422
            else:
                return SeeOther(back_url)
    title, said = str(found.get_code_display()), found.hint
    return dialog(request, ticket, form, title=title, submit=_("Save"), notice=said, back_url=back_url, status=status)


def _for_acting(number: str, me: User) -> tuple[Ticket, str]:
    """The ticket and the address of its checklist. Raises NotVisible and NotAllowed."""
    ticket = get_ticket(number=number, viewer=me)
    if not can_handle_security(me, ticket):
        raise NotAllowed
    return ticket, desk_url("security", number)


@desk_page("GET", "POST")
def evidence_add(request: HttpRequest, number: str) -> HttpResponseBase:
    """Secure a file as evidence."""
    me, at = viewer(request), timezone.now()
    ticket, back_url = _for_acting(number, me)
    if not SecurityIncident.objects.visible_to(me).filter(ticket=ticket).exists():
        raise NotVisible
    form, status = EvidenceForm(initial={"taken_at": timezone.localtime(at)}), 200
    if request.method == "POST":
        form, status = EvidenceForm(request.POST, request.FILES), 422
        if form.is_valid():
            kept, problems = keep_uploads([form.cleaned_data.pop("file")], actor=me, at=at)
            for sentence in problems:
                form.add_error("file", sentence)
            if kept:
                try:
                    secure_evidence(ticket_id=ticket.pk, file=kept[0], actor=me, at=at, **form.cleaned_data)
                except (InvalidInput, Conflict) as error:
                    add_errors(form, error)
                    status = error.status if isinstance(error, Conflict) else 422
                else:
                    messages.success(request, _("The evidence is secured."))
                    return SeeOther(back_url + "#evidence")
    title = _("Secure evidence")
    return dialog(request, ticket, form, title=title, submit=title, back_url=back_url, status=status)


@desk_page("GET", "POST")
def evidence_pass(request: HttpRequest, evidence_id: int) -> HttpResponseBase:
    """Write down that somebody else holds it now."""
    me, at = viewer(request), timezone.now()
    found = _evidence(evidence_id, me)
    ticket, back_url = _for_acting(found.ticket.number, me)
    form, status = CustodyForm(request.POST or None, initial={"passed_at": timezone.localtime(at)}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                pass_on(evidence_id=found.pk, actor=me, at=at, **form.cleaned_data)
            except (InvalidInput, Conflict) as error:
                add_errors(form, error)
                status = error.status if isinstance(error, Conflict) else 422
            else:
                return SeeOther(back_url + "#evidence")
    holder = list(found.custody.all())[-1].passed_to
    said = _("%(what)s is with %(holder)s now.") % {"what": found.what, "holder": holder}
    title = _("Hand evidence on")
    return dialog(request, ticket, form, title=title, submit=_("Save"), notice=said, back_url=back_url, status=status)


@desk_page("POST")
def evidence_check(request: HttpRequest, evidence_id: int) -> HttpResponseBase:
    """Compare the stored bytes with the fingerprint, and say what came of it."""
    me = viewer(request)
    found = _evidence(evidence_id, me)
    _ticket, back_url = _for_acting(found.ticket.number, me)
    result = check_evidence(evidence_id=found.pk, actor=me, at=timezone.now())
    names = {"name": found.what}
    if result == Check.MATCHES:
        messages.success(request, _("“%(name)s” is unchanged: its content still has the fingerprint.") % names)
    elif result == Check.DIFFERS:
        messages.error(request, _("“%(name)s” was changed: its content no longer has the fingerprint.") % names)
    else:
        messages.error(request, _("The content of “%(name)s” is missing.") % names)
    return SeeOther(back_url + "#evidence")


def _evidence(evidence_id: int, me: User) -> Evidence:
    found = evidence_of(me).select_related("ticket").filter(pk=evidence_id).first()
    if found is None:
        raise NotVisible
    return found


@desk_page("GET")
def security_report(request: HttpRequest, number: str) -> HttpResponseBase:
    """The report of the first response, to print. `?language=` gives it in the other language."""
    me, at = viewer(request), timezone.now()
    wanted = request.GET.get("language", translation.get_language())
    codes = [code for code, _name in settings.LANGUAGES]
    if wanted not in codes:
        raise NotVisible
    ticket = get_ticket(number=number, viewer=me, place=ConfidentialRead.Place.REPORT)
    with translation.override(wanted):
        entries = timeline(ticket, me)
        for entry in entries:
            entry.event.ticket = ticket
        items = items_of(ticket, entries, names_for([entry.event for entry in entries], me), files=own_files(ticket))
        context = {
            **_about(ticket, me, at),
            "items": [item for item in items if item.is_system],
            "language": wanted,
            "other_languages": [(code, name) for code, name in settings.LANGUAGES if code != wanted],
            "back_url": desk_url("security", number),
        }
        return render(request, "desk/security_report.html", context)
