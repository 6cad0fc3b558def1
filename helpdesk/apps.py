from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    """The composition root as an app: management commands and periodic tasks that know every floor."""

    name = "helpdesk"
    label = "helpdesk"

    def ready(self) -> None:
        from helpdesk.web import request_log  # noqa: F401  (connects its receivers)
