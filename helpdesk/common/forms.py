"""Fields and forms of every page. They only turn what was typed into Python values; the services decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import refuse_broken_text


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """A person by user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(to_field_name="username", **kwargs)


class MomentField(forms.DateTimeField):
    """An instant: typed in the viewer's time zone, or ISO 8601 with an offset."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        """The instant, in years that every time zone and both databases can turn into UTC."""
        moment = super().to_python(value)
        if moment is not None and not 1970 <= moment.year <= 2200:
            raise forms.ValidationError(_("Choose a date between 1970 and 2200."), code="invalid")
        return moment


class PlainForm(forms.Form):
    """A form whose texts are refused early when no database could store them."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if isinstance(value, str):
                try:
                    refuse_broken_text(value, field=name)
                except InvalidInput as error:
                    for text in error.fields[name]:
                        self.add_error(name, str(text))
        return cleaned
