from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from assets.choices import AssetState, CustodyState, EventCode
from assets.lifecycle import HELD, Facts, State
from assets.models.kind import AssetType
from assets.models.vendor import Vendor, VendorContract
from helpdesk.accounts.models import Department, User

TEXT_LENGTH = 4000


class AssetQuerySet(models.QuerySet["Asset"]):
    def visible_to(self, viewer: User) -> AssetQuerySet:
        """The desk sees the register; others what they hold, and what waits for their word."""
        if viewer.is_desk:
            return self.all()
        from assets.models.custody import CustodyAct

        waiting = CustodyAct.objects.filter(person=viewer, state=CustodyState.OFFERED).values("asset_id")
        return self.filter(models.Q(holder=viewer) | models.Q(pk__in=waiting))

    def spelled(self, name: str, text: str) -> AssetQuerySet:
        """Those whose `hostname`, `serial` or `manufacturer` is this text, whichever letters are large. The database
        compares, as its indexes do; that the field isn't empty lets it use those."""
        key = f"{name}_key"
        return self.exclude(**{name: ""}).annotate(**{key: Lower(name)}).filter(**{key: Lower(models.Value(text))})

    def with_names(self) -> AssetQuerySet:
        """All that a line of a list shows, without a further query."""
        return self.select_related("type", "holder", "department", "vendor")


class Asset(models.Model):
    """A device or a piece of software that the organisation owns or rents.

    `state`, `state_since`, `holder`, `lent_until_on` and `is_confirmed` are written by acts only (`services/acts.py`,
    `services/custody.py`), everything else by `services/register.py`. `tag` is upper case, `mac` has colons. `is_confirmed` is
    false while the holder hasn't said that they have it. `version` grows with each change.
    """

    holder_id: int | None
    type_id: int
    tag = models.CharField(_("asset tag"), max_length=40, unique=True)
    type = models.ForeignKey(AssetType, verbose_name=_("type"), on_delete=models.PROTECT, related_name="assets")
    name = models.CharField(_("name"), max_length=120, blank=True)
    manufacturer = models.CharField(_("manufacturer"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    serial = models.CharField(_("serial number"), max_length=80, blank=True)
    hostname = models.CharField(_("computer name"), max_length=120, blank=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    mac = models.CharField(_("MAC address"), max_length=17, blank=True)
    location = models.CharField(_("place"), max_length=120, blank=True)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("used by"), null=True, on_delete=models.PROTECT, related_name="assets"
    )
    vendor = models.ForeignKey(
        Vendor, verbose_name=_("vendor"), null=True, blank=True, on_delete=models.PROTECT, related_name="assets"
    )
    contract = models.ForeignKey(
        VendorContract,
        verbose_name=_("contract"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assets",
    )
    warranty_until_on = models.DateField(_("warranty until"), null=True, blank=True)
    purchased_on = models.DateField(_("purchased on"), null=True, blank=True)
    order_number = models.CharField(_("order number"), max_length=80, blank=True)
    price = models.CharField(_("price"), max_length=60, blank=True)
    notes = models.TextField(_("notes"), max_length=TEXT_LENGTH, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    state = models.CharField(_("state"), max_length=8, choices=AssetState.choices, default=AssetState.STOCK)
    state_since = models.DateTimeField(_("in this state since"))
    lent_until_on = models.DateField(_("lent until"), null=True)
    is_confirmed = models.BooleanField(_("confirmed by the holder"), default=True)
    overdue_told_on = models.DateField(null=True, editable=False)  # the day of `lent_until_on` that was told of

    created_at = models.DateTimeField(_("registered"))
    updated_at = models.DateTimeField(_("changed"))
    version = models.PositiveIntegerField(default=1)

    objects = AssetQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["overdue_told_on"])

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ["tag"]
        constraints = [
            models.UniqueConstraint(
                Lower("manufacturer"),
                Lower("serial"),
                name="asset_serial_once",
                condition=~models.Q(serial=""),
                violation_error_message=_("Another asset of this manufacturer has this serial number."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["in_use", "lent"], holder__isnull=False)
                | models.Q(state__in=["stock", "retired"], holder__isnull=True)
                | models.Q(state__in=["repair", "lost"]),
                name="asset_held_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="lent") | models.Q(lent_until_on__isnull=False), name="asset_lent_until_a_day"
            ),
        ]
        indexes = [
            models.Index(Lower("hostname"), name="asset_hostname", condition=~models.Q(hostname="")),
            models.Index(Lower("serial"), name="asset_serial", condition=~models.Q(serial="")),
            models.Index(fields=["ip"], name="asset_ip", condition=models.Q(ip__isnull=False)),
            models.Index(fields=["state", "tag"], name="asset_by_state"),
            models.Index(fields=["warranty_until_on"], name="asset_warranty"),
            models.Index(fields=["lent_until_on"], name="asset_lent_until", condition=models.Q(state="lent")),
        ]

    def __str__(self) -> str:
        return f"{self.tag} · {self.title}"

    @property
    def title(self) -> str:
        """What people call it: its own name, else manufacturer and model, else its type."""
        return self.name or " ".join(filter(None, (self.manufacturer, self.model))) or self.type.name

    @property
    def is_held(self) -> bool:
        return self.state in HELD

    @property
    def is_given_up(self) -> bool:
        """Lost or retired: nobody can use it."""
        return self.state in (AssetState.LOST, AssetState.RETIRED)

    def facts(self, *, waits_for_receipt: bool) -> Facts:
        """What the lifecycle asks."""
        return Facts(
            state=State(self.state),
            has_holder=self.holder_id is not None,
            is_lent=self.lent_until_on is not None,
            waits_for_receipt=waits_for_receipt,
        )


class AssetEventQuerySet(models.QuerySet["AssetEvent"]):
    def visible_to(self, viewer: User) -> AssetEventQuerySet:
        """The desk's own: it says who had a thing before."""
        return self.all() if viewer.is_desk else self.none()

    def with_version(self) -> AssetEventQuerySet:
        """With `version`, the one that each event made of its asset: every event makes the next one."""
        same = self.model._default_manager.filter(asset=models.OuterRef("asset"), pk__gt=models.OuterRef("pk"))
        later = same.order_by().values("asset").annotate(count=models.Count("pk")).values("count")
        return self.annotate(version=models.F("asset__version") - Coalesce(models.Subquery(later), 0))


class AssetEvent(models.Model):
    """One thing that was done with an asset, append-only. `facts` holds codes and ids, never finished text."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="events")
    code = models.CharField(_("what"), max_length=20, choices=EventCode.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("when"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects = AssetEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of an asset")
        verbose_name_plural = _("events of assets")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.code} {self.asset_id}"


class AssetSearch(models.Model):
    """The search tokens of one asset (docs/search.md): what its holder may read, and what is the desk's alone."""

    asset = models.OneToOneField(Asset, primary_key=True, on_delete=models.CASCADE, related_name="+")
    public_tokens = models.TextField()
    internal_tokens = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.asset_id)
