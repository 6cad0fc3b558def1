from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """The core: catalogue, tickets, their lifecycle, conversation and audit trail."""

    name = "tickets"
    verbose_name = _("Tickets and catalogue")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tickets.services import leaving  # noqa: F401  (tells the people app what must be handed over)
