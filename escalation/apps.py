from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscalationConfig(AppConfig):
    """Promised times: business calendars, targets and clocks, and the way up when they run out (M3.4)."""

    name = "escalation"
    verbose_name = _("Service levels")

    def ready(self) -> None:
        from escalation import archive, days_off, receivers
        from escalation.services import leaving  # noqa: F401  (tells the people app what must be handed over)
        from helpdesk.accounts.signals import belonging_changed
        from helpdesk.common.working_days import Keeper, kept_by
        from tickets.signals import category_moved, ticket_event_recorded, ticket_submitting

        kept_by(Keeper(days_off.names, days_off.days_off, days_off.later))
        archive.register()
        ticket_submitting.connect(receivers.on_submitting, dispatch_uid="escalation")
        ticket_event_recorded.connect(receivers.on_ticket_event, dispatch_uid="escalation")
        category_moved.connect(receivers.on_category_moved, dispatch_uid="escalation")
        belonging_changed.connect(receivers.on_belonging_changed, dispatch_uid="escalation")
