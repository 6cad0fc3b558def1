"""Forms about what is kept and what is erased. They only turn what was typed into Python values."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.common.forms import PlainForm
from tickets.models.keeping import REASON_LENGTH


class HoldForm(PlainForm):
    """Why something is kept, or need not be kept any longer."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": REASON_LENGTH}),
        help_text=_("The matter it is about, without names: the reason stays in the record."),
    )


class ErasePersonForm(PlainForm):
    """The user name once more, so that nobody is made nameless by mistake."""

    typed = forms.CharField(label=_("User name"), max_length=150)
