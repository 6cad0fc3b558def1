from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST API's own rows (tokens) and the parts that all its resources share."""

    name = "helpdesk.api"
    label = "api"

    def ready(self) -> None:
        from helpdesk.api import openapi  # noqa: F401  (registers its schema extensions)
