"""One way for small pages of the register: show a form, carry it out by one service, go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assets.views.conflicts import News
from helpdesk.accounts import people_lookup
from helpdesk.accounts.desk_access import viewer
from helpdesk.common.errors import Conflict, InvalidInput, StaleVersion
from helpdesk.common.web import SeeOther, add_errors


@dataclass(frozen=True)
class Sheet:
    """What such a page says: its title, what it is about, its button, words above the form, and other buttons."""

    title: str
    about: str
    submit: str
    back: str
    words: str = ""
    also: Sequence[tuple[str, str]] = ()
    version: int | None = None
    is_danger: bool = False
    news: Sequence[News] = ()


def answer_sheet(
    request: HttpRequest,
    form: forms.Form,
    sheet: Sheet,
    act: Callable[[dict[str, Any]], str],
    *,
    then: str = "",
    catch_up: Callable[[Sheet], Sheet] | None = None,
) -> HttpResponse:
    """GET shows the form; POST runs `act` with the cleaned data, says what it returns and goes to `then`, or back.

    What can't be done stays on the page with the reason and everything that was typed (422, 409). Where somebody else was
    faster, `catch_up` gives the sheet with their news and the present version.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                said = act(dict(form.cleaned_data))
            except (InvalidInput, Conflict) as error:
                add_errors(form, error)
                status = error.status if isinstance(error, Conflict) else status
                if isinstance(error, StaleVersion) and catch_up is not None:
                    sheet = catch_up(sheet)
            else:
                messages.success(request, said)
                return SeeOther(then or sheet.back)
    people = people_lookup.find_people(viewer(request), "") if "person" in form.fields else []
    context = {
        "sheet": sheet,
        "form": form,
        "people": [people_lookup.label(person) for person in people],
        "desk_views": (),
        "contact": {},
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "assets/_sheet.html" if is_fragment else "assets/sheet.html", context, status=status)


def chosen_person(request: HttpRequest, data: dict[str, Any], *, field: str = "person") -> dict[str, Any]:
    """The data with the person that was meant in place of the name typed. Raises InvalidInput."""
    if data.get(field):
        data[field] = people_lookup.person_named(viewer(request), data[field], field=field)
    return data
