from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    """The ground floor: no domain. Outbox, errors, locking, text."""

    name = "helpdesk.common"
    label = "common"
    verbose_name = _("Audit and outgoing messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from helpdesk.common import normal_lookup

        connection_created.connect(normal_lookup.teach)
