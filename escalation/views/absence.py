"""Who is away, and who stands in: one's own absences, and for leads those of the people in their teams."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from escalation.forms import AbsenceForm
from escalation.models import Absence
from escalation.policies import can_be_away, people_to_mark_away
from escalation.services.absences import end_absence, save_absence
from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.web import SeeOther, add_errors


@desk_page("GET", "POST")
def absence(request: HttpRequest) -> HttpResponseBase:
    """What is entered, and the form for another absence."""
    me, at = viewer(request), timezone.now()
    if not can_be_away(me):
        raise NotAllowed(_("You don't work on tickets, so nobody needs to stand in for you."))
    form = AbsenceForm(request.POST or None, people=people_to_mark_away(me), initial={"starts_at": at})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            told = Absence(**{"person": me, **form.cleaned_data})
            try:
                save_absence(absence=told, actor=me, at=at)
            except InvalidInput as error:
                add_errors(form, error)
            else:
                values = {"name": told.person.get_full_name(), "substitute": told.substitute.get_full_name()}
                messages.success(request, _("%(substitute)s stands in for %(name)s in this time.") % values)
                return SeeOther(reverse("escalation:absence"))
    known = Absence.objects.visible_to(me).not_over(at).select_related("person", "substitute")
    mine = Absence.objects.not_over(at).filter(substitute=me).select_related("person")
    context = {
        "form": form,
        "absences": known,
        "stands_in_for": mine,
        "is_about_others": "person" in form.fields,
        "at": at,
    }
    return render(request, "desk/absence.html", context, status=status)


@desk_page("POST")
def absence_end(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Somebody is back, or doesn't leave at all."""
    end_absence(absence_id=absence_id, actor=viewer(request), at=timezone.now())
    messages.success(request, _("The absence has ended."))
    return SeeOther(reverse("escalation:absence"))
