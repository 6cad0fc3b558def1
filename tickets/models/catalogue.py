"""What administrators configure: categories, request kinds, waiting reasons, outcomes, the priority matrix."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.common.bilingual import BilingualName
from tickets.choices import IMPACT_CHOICES, PRIORITY_CHOICES, URGENCY_CHOICES, WaitsFor
from tickets.priority import Impact, Priority, Urgency


class CatalogueQuerySet(models.QuerySet["CatalogueItem"]):
    def on_offer(self) -> CatalogueQuerySet:
        """Entries that may be chosen for something new."""
        return self.filter(is_retired=False)


class CatalogueItem(BilingualName):
    """A catalogue entry with a stable code. In use it is retired, never deleted."""

    code = models.CharField(
        _("code"),
        max_length=40,
        primary_key=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", _("Use small letters, digits and underscores."))],
        help_text=_("Used by the API and in reports; it can't be changed later."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Kept on old tickets, no longer offered.")
    )

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "code"]


class RequestKind(CatalogueItem):
    """What sort of request a ticket is: incident, request, security, question."""

    history = HistoricalRecords()

    class Meta(CatalogueItem.Meta):
        verbose_name = _("request kind")
        verbose_name_plural = _("request kinds")


class WaitingReason(CatalogueItem):
    """Why a ticket waits, and whose turn it is meanwhile (M3.3.1-2)."""

    waits_for = models.CharField(_("waits for"), max_length=12, choices=WaitsFor.choices)
    history = HistoricalRecords()

    class Meta(CatalogueItem.Meta):
        verbose_name = _("waiting reason")
        verbose_name_plural = _("waiting reasons")


class Outcome(CatalogueItem):
    """How a ticket was resolved (M3.5-1, M3.5-2)."""

    is_workaround = models.BooleanField(
        _("workaround"), default=False, help_text=_("An alternative that the requester has to accept.")
    )
    history = HistoricalRecords()

    class Meta(CatalogueItem.Meta):
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")


class Category(BilingualName):
    """A node of the service tree (M2). `path` is the chain of ids, `/000001/000005/`: a branch is one prefix."""

    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    code = models.CharField(
        _("code"),
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", _("Use small letters, digits and underscores."))],
    )
    hint_zh = models.CharField(_("Chinese hint"), max_length=200, blank=True, help_text=_("Shown to requesters."))
    hint_en = models.CharField(_("English hint"), max_length=200, blank=True)
    icon = models.CharField(_("icon"), max_length=20, blank=True)
    team = models.ForeignKey(
        "accounts.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Where new tickets of this category land. Empty: the parent's team."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_retired = models.BooleanField(_("retired"), default=False)
    path = models.CharField(max_length=200, editable=False, default="", db_index=True)
    history = HistoricalRecords(excluded_fields=["path"])

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="category_not_its_own_parent"),
        ]

    @property
    def branch(self) -> list[int]:
        """The ids from the root of the tree down to this category."""
        return [int(pk) for pk in self.path.strip("/").split("/")]


class PriorityCell(models.Model):
    """One of the 16 cells of the impact × urgency matrix (M3.2-1)."""

    impact = models.CharField(_("impact"), max_length=14, choices=IMPACT_CHOICES)
    urgency = models.CharField(_("urgency"), max_length=10, choices=URGENCY_CHOICES)
    priority = models.CharField(_("priority"), max_length=2, choices=PRIORITY_CHOICES)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("priority")
        verbose_name_plural = _("priority matrix")
        constraints = [
            models.UniqueConstraint(fields=["impact", "urgency"], name="priority_cell_once"),
            models.CheckConstraint(
                condition=models.Q(impact__in=list(Impact), urgency__in=list(Urgency), priority__in=list(Priority)),
                name="priority_cell_codes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.impact} × {self.urgency} → {self.priority}"
