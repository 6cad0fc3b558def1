from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Telling people: the notification centre, e-mail, and the one dispatcher of the outbox."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from helpdesk.common import outbox
        from notifications import doorbell

        outbox.on_new_messages(doorbell.ring)
