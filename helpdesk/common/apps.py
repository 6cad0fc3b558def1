from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    """The ground floor: no domain. Outbox, errors, locking, text."""

    name = "helpdesk.common"
    label = "common"
    verbose_name = _("Audit and outgoing messages")
    default_auto_field = "django.db.models.BigAutoField"
