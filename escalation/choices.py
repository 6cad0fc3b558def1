"""Stored codes of service levels and their words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class Target(models.TextChoices):
    """What has to happen in time (M1.2-2)."""

    RECEIPT = "receipt", pgettext_lazy("target", "Registration")
    RESPONSE = "response", pgettext_lazy("target", "First response")
    UPDATE = "update", pgettext_lazy("target", "Progress update")
    RESOLUTION = "resolution", pgettext_lazy("target", "Solution")
    CONFIRMATION = "confirmation", pgettext_lazy("target", "Confirmation")


# What a waiting ticket may hold up. The others run only while a ticket is new, or solved.
PAUSABLE = (Target.RESPONSE, Target.UPDATE, Target.RESOLUTION)
