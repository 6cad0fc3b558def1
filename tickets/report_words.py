"""What the figures of the report are called, and what each counts."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

FIGURE_LABELS: dict[str, str | Promise] = {
    "all": pgettext_lazy("figure", "Tickets"),
    "first_contact": _("Solved at first contact"),
    "screened": _("A known answer was tried"),
    "screened_solved": _("The known answer solved it"),
    "surveyed": _("Asked to rate"),
    "rated": pgettext_lazy("figure", "Rated"),
    "low": _("Low ratings"),
}
_ABOUT: dict[str, str | Promise] = {
    "all": _("Submitted in the period."),
    "first_contact": _("Solved by whoever took the request, and not opened again."),
    "screened": _("With a step in the diagnosis that tried a known answer."),
    "screened_solved": _("Where that step solved the problem."),
    "surveyed": _("Closed, and the requester was asked how it went."),
    "rated": _("Of those who were asked."),
    "low": _("1 or 2 of 5; each is followed up by a lead."),
}


def figure_about(code: str) -> str:
    return str(_ABOUT[code])
