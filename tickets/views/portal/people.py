"""The people who read a ticket along, and finding colleagues by name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts import people_lookup
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.web import SeeOther, add_errors, signed_in
from tickets.forms.submit import WatcherForm
from tickets.own_tickets import get_own_ticket
from tickets.policies import can_manage_watchers
from tickets.services.edit import add_watcher, remove_watcher
from tickets.services.presence import mark_seen


@signed_in
@require_safe
def people_options(request: HttpRequest) -> HttpResponse:
    """Options for a name field (`person`): colleagues whom the text fits."""
    viewer = request.user
    assert isinstance(viewer, User)
    people = people_lookup.find_people(viewer, request.GET.get("person", "")[: people_lookup.LONGEST])
    return render(
        request, "portal/_people_options.html", {"people": [people_lookup.label(person) for person in people]}
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def watcher_add(request: HttpRequest, number: str) -> HttpResponse:
    viewer = request.user
    assert isinstance(viewer, User)
    found = get_own_ticket(number=number, viewer=viewer)
    if not can_manage_watchers(viewer, found):
        raise NotAllowed
    form = WatcherForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            person = people_lookup.person_named(viewer, form.cleaned_data["person"], field="person")
            done = add_watcher(ticket_id=found.pk, actor=viewer, person=person, at=timezone.now())
            mark_seen(ticket=done, user=viewer)
            return SeeOther(reverse("portal:ticket", args=[number]))
        except InvalidInput as error:
            add_errors(form, error)
    people = [people_lookup.label(person) for person in people_lookup.find_people(viewer, "")]
    context = {"ticket": found, "form": form, "people": people}
    return render(request, "portal/watchers.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def watcher_remove(request: HttpRequest, number: str) -> HttpResponse:
    """Stop a person reading along; somebody who isn't on the ticket changes nothing."""
    viewer = request.user
    assert isinstance(viewer, User)
    found = get_own_ticket(number=number, viewer=viewer)
    username = request.POST.get("person", "").replace("\x00", "")[:150]
    person = found.watchers.filter(username=username).first()
    if person is None:
        return SeeOther(reverse("portal:ticket", args=[number]))
    done = remove_watcher(ticket_id=found.pk, actor=viewer, person=person, at=timezone.now())
    if person.pk == viewer.pk and not viewer.is_desk:
        return SeeOther(reverse("portal:ticket_list"))
    mark_seen(ticket=done, user=viewer)
    return SeeOther(reverse("portal:ticket", args=[number]))
