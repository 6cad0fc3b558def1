"""Names that administrators write in both languages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def in_language(zh: str, en: str, language: str | None) -> str:
    """The text for a language code, or the other one where it is missing."""
    return (zh or en) if (language or "zh").startswith("zh") else (en or zh)


class BilingualName(models.Model):
    """Something named in Chinese and English. `name` is the active language's, the other as fallback."""

    name_zh = models.CharField(_("Chinese name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en, get_language())
