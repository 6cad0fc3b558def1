"""The words for stored codes of service levels."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from escalation.keeping import Target

TARGET_LABELS = {
    Target.RECEIPT: pgettext_lazy("target", "Registration"),
    Target.RESPONSE: pgettext_lazy("target", "First response"),
    Target.UPDATE: pgettext_lazy("target", "Progress update"),
    Target.RESOLUTION: pgettext_lazy("target", "Solution"),
    Target.CONFIRMATION: pgettext_lazy("target", "Confirmation"),
}
