"""Mails in the words of the organisation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

KEY_LENGTH = 60
# Of each part, in characters.
LENGTHS = {"subject": 200, "opening": 300, "next_step": 2000, "action": 60}


class MailText(models.Model):
    """What administrators changed about one mail, per language. An empty field means the product's own words.

    `key` is that of the line in `topics.LINES`. The texts may name what `mail_texts.names_in(key)` lists.
    """

    key = models.CharField(_("mail"), max_length=KEY_LENGTH, unique=True, editable=False)
    subject_zh = models.CharField(_("subject"), max_length=LENGTHS["subject"], blank=True)
    opening_zh = models.CharField(_("first sentence"), max_length=LENGTHS["opening"], blank=True)
    next_step_zh = models.TextField(_("what happens next"), max_length=LENGTHS["next_step"], blank=True)
    action_zh = models.CharField(_("button"), max_length=LENGTHS["action"], blank=True)
    subject_en = models.CharField(_("subject"), max_length=LENGTHS["subject"], blank=True)
    opening_en = models.CharField(_("first sentence"), max_length=LENGTHS["opening"], blank=True)
    next_step_en = models.TextField(_("what happens next"), max_length=LENGTHS["next_step"], blank=True)
    action_en = models.CharField(_("button"), max_length=LENGTHS["action"], blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("mail text")
        verbose_name_plural = _("mail texts")

    def __str__(self) -> str:
        return self.key
