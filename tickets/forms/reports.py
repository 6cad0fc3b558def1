"""Which tickets a report is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from helpdesk.common.errors import InvalidInput
from tickets.forms.commands import CategoryField
from tickets.models import Category
from tickets.reports import Selection, usual_days


class DayField(forms.DateField):
    """A day, in years that every time zone and both databases know."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> Any:
        day = super().to_python(value)
        if day is not None and not 1970 <= day.year <= 2200:
            raise forms.ValidationError(_("Choose a date between 1970 and 2200."), code="invalid")
        return day


class SelectionForm(forms.Form):
    """A period of submission, both days included, a team and a category with everything below it."""

    since = DayField(label=_("Submitted from"))
    until = DayField(label=_("Submitted until"))
    team = forms.ModelChoiceField(label=_("Team"), required=False, empty_label=_("All"), queryset=Team.objects.all())
    category = CategoryField(label=_("Category"), required=False, empty_label=_("All"), queryset=Category.objects.all())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return cleaned

    @property
    def selection(self) -> Selection:
        """What a valid form says."""
        return Selection(**self.cleaned_data)


def selection_form(given: Mapping[str, str], today: date) -> SelectionForm:
    """What an address says; without days, those that are shown usually."""
    since, until = usual_days(today)
    usual = {"since": since.isoformat(), "until": until.isoformat()}
    said = {name: given[name] for name in SelectionForm.base_fields if given.get(name)}
    return SelectionForm({**usual, **said})


def selected(given: Mapping[str, str], today: date) -> Selection:
    """The selection of an address without a form to mend it in. Raises InvalidInput naming what can't be read."""
    form = selection_form(given, today)
    if not form.is_valid():
        raise InvalidInput(fields={name: [str(text) for text in texts] for name, texts in form.errors.items()})
    return form.selection
