"""What is done with a major incident besides telling of it: roles, tickets, the end and the review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.common.errors import Conflict, DomainError, InvalidInput, NotVisible, StaleVersion
from helpdesk.common.numbers import whole_numbers
from helpdesk.common.templatetags.hd import date_text
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.incidents import EditForm, LinkForm, ReviewForm
from tickets.incidents import coverable, get_incident, linked_tickets
from tickets.lifecycle import FINAL, Status
from tickets.models import IncidentReview, MajorIncident, Ticket
from tickets.services.incident_endings import close_review, resolve
from tickets.services.incident_links import link_tickets, unlink_ticket
from tickets.services.incidents import edit, must_run
from tickets.views.desk.incidents import story_of


def incident_url(number: str) -> str:
    return reverse("desk:incident", args=[number])


def page_status(error: DomainError) -> int:
    """The status of a form that is shown again: 422 where its answers are wrong."""
    return 422 if isinstance(error, InvalidInput) else error.status


def _form_page(request: HttpRequest, incident: MajorIncident, status: int = 200, **facts: Any) -> HttpResponse:
    """A form about an incident, as a page or in the dialog."""
    context = {"incident": incident, "back_url": incident_url(incident.number), **facts}
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(
        request, "desk/_incident_form.html" if is_fragment else "desk/incident_form.html", context, status=status
    )


@desk_page("GET", "POST")
def incident_edit(request: HttpRequest, number: str) -> HttpResponseBase:
    """Change roles, titles, severity, cadence."""
    me = viewer(request)
    incident = get_incident(number=number, viewer=me)
    must_run(me, incident)
    facts: dict[str, Any] = {
        "title": _("Change the major incident"),
        "submit_label": _("Save"),
        "version": incident.version,
    }
    if request.method != "POST":
        return _form_page(request, incident, form=EditForm.of(incident), **facts)
    form = EditForm(request.POST)
    if not form.is_valid():
        return _form_page(request, incident, 422, form=form, **facts)
    try:
        edit(
            incident_id=incident.pk,
            actor=me,
            version=posted_version(request),
            changes=form.cleaned_data,
            at=timezone.now(),
        )
    except InvalidInput as error:
        add_errors(form, error)
        return _form_page(request, incident, 422, form=form, **facts)
    except Conflict as error:
        add_errors(form, error)
        return _form_page(request, incident, error.status, form=form, **facts)
    messages.success(request, _("The major incident is changed."))
    return SeeOther(incident_url(number))


@desk_page("GET", "POST")
def incident_link(request: HttpRequest, number: str) -> HttpResponseBase:
    """Link tickets by their numbers."""
    me = viewer(request)
    incident = get_incident(number=number, viewer=me)
    facts: dict[str, Any] = {"title": _("Link tickets"), "submit_label": _("Link tickets")}
    form = LinkForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, incident, 422 if request.method == "POST" else 200, form=form, **facts)
    numbers = form.cleaned_data["tickets"]
    found = dict(Ticket.objects.visible_to(me).filter(number__in=numbers).values_list("number", "pk"))
    unknown = [one for one in numbers if one not in found]
    try:
        if unknown:
            sentence = _("There is no ticket %(numbers)s, or you may not see it.")
            raise InvalidInput(fields={"tickets": [sentence % {"numbers": ", ".join(unknown)}]})
        link_tickets(incident_id=incident.pk, ticket_ids=list(found.values()), actor=me, at=timezone.now())
    except NotVisible:
        raise
    except DomainError as error:
        add_errors(form, error)
        return _form_page(request, incident, page_status(error), form=form, **facts)
    messages.success(request, _("The tickets are linked."))
    return SeeOther(incident_url(number))


@desk_page("POST")
def incident_unlink(request: HttpRequest, number: str) -> HttpResponseBase:
    """Take one ticket off."""
    me = viewer(request)
    incident = get_incident(number=number, viewer=me)
    ticket = (
        Ticket.objects.visible_to(me).filter(number=request.POST.get("ticket", "")[:32].replace("\x00", "")).first()
    )
    if ticket is None:
        raise NotVisible
    unlink_ticket(incident_id=incident.pk, ticket_id=ticket.pk, actor=me, at=timezone.now())
    messages.success(request, _("Ticket %(number)s is no longer linked.") % {"number": ticket.number})
    return SeeOther(incident_url(number))


@desk_page("GET", "POST")
def incident_resolve(request: HttpRequest, number: str) -> HttpResponseBase:
    """Look at each linked ticket: which ones does the parent's solution really cover?"""
    me = viewer(request)
    incident = get_incident(number=number, viewer=me)
    must_run(me, incident)
    if request.method != "POST":
        return _resolve_page(request, incident)
    covered = whole_numbers(request.POST.getlist("tickets"))
    try:
        resolve(
            incident_id=incident.pk,
            covered=covered,
            actor=me,
            version=posted_version(request),
            at=timezone.now(),
        )
    except (InvalidInput, Conflict) as error:
        now = get_incident(number=number, viewer=me)
        return _resolve_page(request, now, error=error, ticked=covered, status=page_status(error))
    messages.success(request, _("Major incident %(number)s is resolved.") % {"number": number})
    return SeeOther(incident_url(number))


def _resolve_page(
    request: HttpRequest,
    incident: MajorIncident,
    *,
    error: DomainError | None = None,
    ticked: list[int] | None = None,
    status: int = 200,
) -> HttpResponse:
    me = viewer(request)
    links = linked_tickets(incident, me)
    parent = Ticket.objects.visible_to(me).select_related("outcome").filter(pk=incident.ticket_id).first()
    status_of_parent = parent.status if parent is not None else ""
    # A ticket that was withdrawn has no solution to offer.
    possible = coverable(links) if status_of_parent != Status.CANCELLED else []
    context = {
        "incident": incident,
        "parent": parent,
        "is_ready": incident.is_open and status_of_parent in (Status.RESOLVED, *FINAL),
        "possible": possible,
        "others": [link for link in links if not link.ticket.is_open or link.ticket.status == Status.RESOLVED],
        "ticked": ticked if ticked is not None else [],
        "error": error,
        "sentences": [str(text) for texts in error.fields.values() for text in texts] if error else [],
        "back_url": incident_url(incident.number),
    }
    return render(request, "desk/incident_resolve.html", context, status=status)


@desk_page("GET", "POST")
def incident_review(request: HttpRequest, number: str) -> HttpResponseBase:
    """Read the review, to print as well; before there is one, write it."""
    me = viewer(request)
    incident = get_incident(number=number, viewer=me)
    kept = IncidentReview.objects.filter(incident=incident).select_related("author").first()
    if kept is not None and request.method != "POST":
        return _review_document(request, incident, kept)
    must_run(me, incident)
    if request.method != "POST":
        if incident.is_open:
            raise Conflict(_("This incident is still open. Resolve it first."), code="still_open")
        return _review_page(request, incident, ReviewForm(initial=_first_words(request, incident)))
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _review_page(request, incident, form, status=422)
    try:
        close_review(
            incident_id=incident.pk,
            review=form.review(),
            actor=me,
            version=posted_version(request),
            at=timezone.now(),
        )
    except InvalidInput as error:
        add_errors(form, error)
        return _review_page(request, incident, form, status=422)
    except StaleVersion as error:
        add_errors(form, error)
        now = get_incident(number=number, viewer=me)
        return _review_page(request, now, form, status=409)
    except Conflict as error:
        if error.code == "already_reviewed":
            return SeeOther(reverse("desk:incident_review", args=[number]))
        add_errors(form, error)
        return _review_page(request, incident, form, status=409)
    messages.success(request, _("The review is kept; major incident %(number)s is closed.") % {"number": number})
    return SeeOther(reverse("desk:incident_review", args=[number]))


def _first_words(request: HttpRequest, incident: MajorIncident) -> dict[str, str]:
    """What the record knows already: cause, and what happened when."""
    lines = []
    for line in reversed(story_of(incident, viewer(request))):
        said = line.update.text if line.update is not None else line.sentence
        lines.append(f"{date_text(line.at)}  {said}")
    return {"happened": incident.title, "course": "\n".join(lines), "cause": incident.ticket.cause}


def _review_page(request: HttpRequest, incident: MajorIncident, form: ReviewForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"incident": incident, "form": form, "back_url": incident_url(incident.number)}
    return render(request, "desk/incident_review_form.html", context, status=status)


def _review_document(request: HttpRequest, incident: MajorIncident, kept: IncidentReview) -> HttpResponse:
    me = viewer(request)
    assert incident.resolved_at is not None, "the database demands it of what is over"
    links = linked_tickets(incident, me)
    context = {
        "incident": incident,
        "review": kept,
        "actions": kept.actions.select_related("owner"),
        "story": story_of(incident, me)[::-1],
        "lasts": incident.resolved_at - incident.declared_at,
        "links": links,
        "back_url": incident_url(incident.number),
    }
    return render(request, "desk/incident_review.html", context)
