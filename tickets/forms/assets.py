"""Which asset a ticket is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from helpdesk.common.forms import PlainForm
from tickets.asset_lookup import LONGEST


class LinkAssetForm(PlainForm):
    """One of the requester's devices, or any other by tag, serial number or computer name."""

    device = forms.ChoiceField(label=_("In use by the requester"), required=False, widget=forms.RadioSelect)
    named = forms.CharField(
        label=_("Another one"),
        required=False,
        max_length=LONGEST,
        help_text=_("Asset tag, serial number, computer name or IP address."),
    )

    def __init__(self, devices: Sequence[Asset], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["named"].widget.attrs["autocomplete"] = "off"
        if devices:
            choices = [(device.tag, f"{device.title} · {device.tag}") for device in devices]
            self.fields["device"].choices = [*choices, ("", gettext("None of these"))]
            self.fields["device"].initial = devices[0].tag
        else:
            del self.fields["device"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("device") and not cleaned.get("named") and not self.errors:
            self.add_error("named", gettext("Say which device it is."))
        return cleaned

    @property
    def wanted(self) -> str:
        """What was typed counts before what was ticked: the ticked one is there from the start."""
        return str(self.cleaned_data["named"] or self.cleaned_data.get("device", ""))
