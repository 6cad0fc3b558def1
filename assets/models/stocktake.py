from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from assets.models.asset import Asset
from assets.models.kind import AssetType
from helpdesk.accounts.models import Department, User


class StocktakeQuerySet(models.QuerySet["Stocktake"]):
    def visible_to(self, viewer: User) -> StocktakeQuerySet:
        return self.all() if viewer.is_desk else self.none()

    def open(self) -> StocktakeQuerySet:
        return self.filter(ended_at__isnull=True)


class Stocktake(models.Model):
    """Somebody goes round and looks what is there. What is expected is written down when it starts and doesn't change:
    the assets of a place (as its text begins), a department or a type, as far as these are given."""

    name = models.CharField(_("name"), max_length=120)
    location = models.CharField(_("place"), max_length=120, blank=True)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    type = models.ForeignKey(
        AssetType, verbose_name=_("type"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = StocktakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class StocktakeItem(models.Model):
    """An asset that was expected or turned up, or a code that nobody knows (`asset` is empty, `code` is what was read)."""

    stocktake = models.ForeignKey(Stocktake, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, null=True, on_delete=models.PROTECT, related_name="stocktake_items")
    code = models.CharField(_("code"), max_length=80)
    is_expected = models.BooleanField(_("expected"))
    expected_place = models.CharField(_("expected place"), max_length=120, blank=True)
    found_at = models.DateTimeField(_("found"), null=True)
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seen_place = models.CharField(_("place where seen"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("line of a stocktake")
        verbose_name_plural = _("lines of stocktakes")
        ordering = ["code"]
        constraints = [
            # Known assets are told apart by themselves: a tag can pass from one to another while people count.
            models.UniqueConstraint(
                fields=["stocktake", "code"], name="stocktake_code_once", condition=models.Q(asset__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["stocktake", "asset"], name="stocktake_asset_once", condition=models.Q(asset__isnull=False)
            ),
            models.CheckConstraint(
                condition=models.Q(is_expected=True, asset__isnull=False) | models.Q(found_at__isnull=False),
                name="stocktake_line_expected_or_found",
            ),
        ]

    def __str__(self) -> str:
        return self.code
