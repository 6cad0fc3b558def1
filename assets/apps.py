from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssetsConfig(AppConfig):
    """What the organisation owns and uses: devices and software, who has them, and the companies that stand behind them."""

    name = "assets"
    verbose_name = _("Assets")
    default_auto_field = "django.db.models.BigAutoField"
