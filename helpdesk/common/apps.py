from django.apps import AppConfig


class CommonConfig(AppConfig):
    """The ground floor: no domain. Outbox, errors, locking, text."""

    name = "helpdesk.common"
    label = "common"
    default_auto_field = "django.db.models.BigAutoField"
