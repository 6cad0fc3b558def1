"""One way for small pages of the desk: show a form, carry it out by one service, go back to the ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from helpdesk.common.errors import Conflict, InvalidInput
from helpdesk.common.web import SeeOther, add_errors
from tickets.models import Ticket
from tickets.views.desk.addresses import desk_url, view_of


@dataclass(frozen=True)
class Sheet:
    """What such a page says: its title and button, words above the form, and a second button with its name."""

    title: str
    submit: str
    words: str = ""
    also: Sequence[tuple[str, str]] = ()
    anchor: str = ""
    tab: str = ""


def answer_sheet(
    request: HttpRequest, ticket: Ticket, form: forms.Form, sheet: Sheet, act: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """GET shows the form; POST runs `act` with the cleaned data and goes back to the ticket with what it said.

    What can't be done stays on the page with the reason and everything that was typed (422, 409).
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                said = act(form.cleaned_data)
            except (InvalidInput, Conflict) as error:
                add_errors(form, error)
                status = error.status if isinstance(error, Conflict) else status
            else:
                messages.success(request, said)
                extra = {"tab": sheet.tab} if sheet.tab else {}
                return SeeOther(desk_url("ticket", ticket.number, view=view_of(request), **extra) + sheet.anchor)
    context = {
        "ticket": ticket,
        "title": sheet.title,
        "submit_label": sheet.submit,
        "also": sheet.also,
        "words": sheet.words,
        "form": form,
        "ticket_url": desk_url("ticket", ticket.number, view=view_of(request)),
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_sheet.html" if is_fragment else "desk/sheet.html", context, status=status)
