from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.choices import BACKUP_CHOICES, CONSENT_ITEM_CHOICES
from tickets.consent import ABOUT_DATA, REMOTE
from tickets.models.asking import WORDS_LENGTH, Asking, AskingQuerySet


class ConsentQuerySet(AskingQuerySet):
    def in_force(self, at: datetime) -> Self:
        """Answered, not withdrawn, and still valid at this instant; each item says whether it is allowed."""
        return self.filter(state=Asking.State.ANSWERED, withdrawn_at__isnull=True, valid_until_at__gt=at)


class Consent(Asking):
    """What the requester was asked to allow before anybody touches their data or work (M3.3.2-2).

    It is answered item by item, holds from the answer for `valid_minutes`, and can be withdrawn at any time. An objection
    is a withdrawal that says that a consent which the desk wrote down was never given.
    """

    purpose = models.TextField(_("what it is for"), max_length=WORDS_LENGTH)
    changes = models.TextField(_("what will change"), max_length=WORDS_LENGTH)
    data_named = models.CharField(_("which data"), max_length=300, blank=True)
    backup = models.CharField(_("backup"), max_length=10, choices=BACKUP_CHOICES)
    backup_words = models.CharField(_("about the backup"), max_length=300, blank=True)
    risk = models.CharField(_("risk"), max_length=300, blank=True)
    valid_minutes = models.PositiveIntegerField(_("valid for minutes"))
    valid_until_at = models.DateTimeField(_("valid until"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_via = models.CharField(_("withdrawn by way of"), max_length=6, choices=Asking.Via.choices, blank=True)
    withdrawn_words = models.TextField(_("why it was withdrawn"), max_length=WORDS_LENGTH, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    reminders_sent = models.PositiveSmallIntegerField(_("reminders"), default=0)
    is_objection = models.BooleanField(_("the requester objects to the record"), default=False)

    objects = ConsentQuerySet.as_manager()

    class Meta(Asking.Meta):
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            *Asking.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(valid_minutes__gte=1, valid_minutes__lte=7 * 24 * 60), name="consent_at_most_a_week"
            ),
            models.CheckConstraint(
                condition=models.Q(state="answered", valid_until_at__isnull=False)
                | (~models.Q(state="answered") & models.Q(valid_until_at__isnull=True, withdrawn_at__isnull=True)),
                name="consent_valid_when_answered",
            ),
        ]

    def __str__(self) -> str:
        return self.purpose[:60]

    def asked_facts(self) -> dict[str, Any]:
        names = ("purpose", "changes", "data_named", "backup", "backup_words", "risk", "valid_minutes")
        items = sorted(item.code for item in self.items.all())
        return {**super().asked_facts(), **{name: getattr(self, name) for name in names}, "items": items}

    def answered_facts(self) -> dict[str, Any]:
        return {**super().answered_facts(), "allowed": sorted(self.allowed), "valid_until": self.valid_until_at}

    def is_in_force(self, at: datetime) -> bool:
        return (
            self.state == self.State.ANSWERED
            and self.withdrawn_at is None
            and self.valid_until_at is not None
            and self.valid_until_at > at
        )

    @property
    def allowed(self) -> list[str]:
        """The items that were allowed, whether or not that still holds."""
        return [item.code for item in self.items.all() if item.is_allowed]

    @property
    def allows_session(self) -> bool:
        return any(code in REMOTE for code in self.allowed)

    @property
    def valid_for(self) -> timedelta:
        """How long it holds from the answer on."""
        return timedelta(minutes=self.valid_minutes)

    @property
    def is_refused(self) -> bool:
        return self.state == self.State.ANSWERED and not self.allowed


class ConsentItem(models.Model):
    """One thing that a consent asks for. Empty until the answer; never changed after it."""

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(_("item"), max_length=14, choices=CONSENT_ITEM_CHOICES)
    is_allowed = models.BooleanField(_("allowed"), null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["consent", "code"], name="consent_item_once")]

    def __str__(self) -> str:
        return self.code

    @property
    def is_about_data(self) -> bool:
        return self.code in ABOUT_DATA
