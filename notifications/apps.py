from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Telling people and other systems: the notification centre, e-mail, webhooks, chat, and emptying the outbox."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from helpdesk.common import outbox
        from notifications import doorbell, receivers
        from tickets.signals import ticket_event_recorded

        outbox.on_new_messages(doorbell.ring)
        outbox.on_new_messages(doorbell.ring_for_destinations, to=outbox.DESTINATIONS)
        ticket_event_recorded.connect(receivers.on_ticket_event, dispatch_uid="notifications")
