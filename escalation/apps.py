from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscalationConfig(AppConfig):
    """Promised times: business calendars, targets and clocks, and the way up when they run out (M3.4)."""

    name = "escalation"
    verbose_name = _("Service levels")
