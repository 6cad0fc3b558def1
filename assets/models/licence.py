from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from assets.choices import AssetState
from assets.models.asset import TEXT_LENGTH, Asset
from assets.models.vendor import Vendor, VendorContract
from helpdesk.accounts.models import User
from helpdesk.common.sealed import SealedTextField


class LicenceQuerySet(models.QuerySet["Licence"]):
    def visible_to(self, viewer: User) -> LicenceQuerySet:
        return self.all() if viewer.is_desk else self.none()

    def with_usage(self) -> LicenceQuerySet:
        """With the number of seats in use, as `used`."""
        taken = models.Q(taken__until__isnull=True)
        return self.select_related("vendor").annotate(used=models.Count("taken", filter=taken))


class Licence(models.Model):
    """The right to use a piece of software on or by so many `seats`, until `expires_on` where that is limited.

    The key is sealed in the database and shown to who may see it on request, which is noted. `remind_days` before the last
    day those who buy are told, once for each last day (`reminded_on` is the one they were told of).
    """

    name = models.CharField(_("name"), max_length=120)
    edition = models.CharField(_("edition"), max_length=80, blank=True)
    vendor = models.ForeignKey(
        Vendor, verbose_name=_("vendor"), null=True, blank=True, on_delete=models.PROTECT, related_name="licences"
    )
    contract = models.ForeignKey(
        VendorContract,
        verbose_name=_("contract"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="licences",
    )
    key = SealedTextField(_("licence key"), blank=True, max_length=TEXT_LENGTH)
    seats = models.PositiveIntegerField(_("seats"), default=1)
    expires_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: it doesn't end."))
    remind_days = models.PositiveSmallIntegerField(_("remind this many days before"), default=30)
    reminded_on = models.DateField(null=True, editable=False)
    notes = models.TextField(_("notes"), max_length=TEXT_LENGTH, blank=True)
    is_retired = models.BooleanField(_("retired"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = LicenceQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["key", "reminded_on"])

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name", "edition"], name="licence_name_once"),
            models.CheckConstraint(condition=models.Q(seats__gte=1), name="licence_has_a_seat"),
        ]
        indexes = [
            models.Index(fields=["expires_on"], name="licence_expiry", condition=models.Q(expires_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.edition}".strip()


class LicenceSeatQuerySet(models.QuerySet["LicenceSeat"]):
    def visible_to(self, viewer: User) -> LicenceSeatQuerySet:
        """The desk sees all; others those that they have now."""
        return self.all() if viewer.is_desk else self.used_by(viewer)

    def open(self) -> LicenceSeatQuerySet:
        return self.filter(until__isnull=True)

    def used_by(self, person: User) -> LicenceSeatQuerySet:
        """The seats that a person has now, themselves or with what they hold."""
        return self.open().filter(models.Q(person=person) | models.Q(asset__holder=person))

    def wasted(self) -> LicenceSeatQuerySet:
        """Taken seats of people who have left, and of what is lost or retired."""
        given_up = models.Q(asset__state__in=[AssetState.LOST, AssetState.RETIRED])
        return self.open().filter(models.Q(person__is_active=False) | given_up)


class LicenceSeat(models.Model):
    """A seat that a person or an asset takes; free again after `until`. Never more open ones than the licence has."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="taken")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="licence_seats",
    )
    asset = models.ForeignKey(
        Asset, verbose_name=_("asset"), null=True, blank=True, on_delete=models.PROTECT, related_name="licence_seats"
    )
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)

    objects = LicenceSeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat of a licence")
        verbose_name_plural = _("seats of licences")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=True, asset__isnull=False)
                | models.Q(person__isnull=False, asset__isnull=True),
                name="licence_seat_of_one",
            ),
            models.UniqueConstraint(
                fields=["licence", "person"], name="licence_seat_person_once", condition=models.Q(until__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["licence", "asset"], name="licence_seat_asset_once", condition=models.Q(until__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.licence_id} {self.person_id or self.asset_id}"

    @property
    def is_wasted(self) -> bool:
        """Taken by somebody who has left, or by what is lost or retired."""
        if self.person is not None:
            return not self.person.is_active
        return self.asset is not None and self.asset.is_given_up


class LicenceEventQuerySet(models.QuerySet["LicenceEvent"]):
    def visible_to(self, viewer: User) -> LicenceEventQuerySet:
        return self.all() if viewer.is_desk else self.none()


class LicenceEvent(models.Model):
    """One thing that was done with a licence, append-only; also who looked at its key."""

    class Code(models.TextChoices):
        ADDED = "added", pgettext_lazy("licence", "Added")
        EDITED = "edited", _("Details changed")
        KEY_SHOWN = "key_shown", _("Key looked at")
        SEAT_GIVEN = "seat_given", _("Seat given")
        SEAT_FREED = "seat_freed", _("Seat freed")

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="events")
    code = models.CharField(_("what"), max_length=10, choices=Code.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("when"))
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects = LicenceEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a licence")
        verbose_name_plural = _("events of licences")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.code} {self.licence_id}"
