from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from assets.choices import CustodyKind, CustodyState, CustodyVia, RelationKind
from assets.models.asset import Asset
from helpdesk.accounts.models import User

WORDS_LENGTH = 1000


class CustodyActQuerySet(models.QuerySet["CustodyAct"]):
    def visible_to(self, viewer: User) -> CustodyActQuerySet:
        """The desk sees all; others what they were asked themselves."""
        return self.all() if viewer.is_desk else self.filter(person=viewer)

    def open(self) -> CustodyActQuerySet:
        return self.filter(state=CustodyState.OFFERED)


class CustodyAct(models.Model):
    """A hand-out to a person or a return from them, which that person confirms or contradicts (ADR 20).

    These rows are the history of who had an asset. After the answer they don't change any more. `signed_name` is what the
    person wrote on the agent's screen; `answer` is what they said where something is not right.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="custody")
    kind = models.CharField(_("kind"), max_length=8, choices=CustodyKind.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="custody_acts"
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("entered by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField(_("when"))
    condition = models.CharField(_("condition"), max_length=WORDS_LENGTH, blank=True)
    accessories = models.CharField(_("accessories"), max_length=WORDS_LENGTH, blank=True)
    lent_until_on = models.DateField(_("lent until"), null=True)
    state = models.CharField(_("answer"), max_length=9, choices=CustodyState.choices, default=CustodyState.OFFERED)
    answered_at = models.DateTimeField(_("answered"), null=True)
    via = models.CharField(_("how"), max_length=6, choices=CustodyVia.choices, blank=True)
    signed_name = models.CharField(_("name as written"), max_length=120, blank=True)
    answer = models.CharField(_("words"), max_length=WORDS_LENGTH, blank=True)

    objects = CustodyActQuerySet.as_manager()

    class Meta:
        verbose_name = _("hand-out or return")
        verbose_name_plural = _("hand-outs and returns")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], name="custody_one_open_per_asset", condition=models.Q(state="offered")
            ),
            models.CheckConstraint(
                condition=models.Q(state="offered", answered_at__isnull=True)
                | (~models.Q(state="offered") & models.Q(answered_at__isnull=False)),
                name="custody_answered_has_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="custody_waiting_for", condition=models.Q(state="offered")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.asset_id} {self.person_id}"


class AssetRelationQuerySet(models.QuerySet["AssetRelation"]):
    def visible_to(self, viewer: User) -> AssetRelationQuerySet:
        return self.all() if viewer.is_desk else self.none()

    def open(self) -> AssetRelationQuerySet:
        return self.filter(until__isnull=True)


class AssetRelation(models.Model):
    """One asset belongs to another: the monitor to the PC. An ended one stays, with its last instant."""

    kind = models.CharField(_("how"), max_length=12, choices=RelationKind.choices)
    source = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="relations_from")
    target = models.ForeignKey(
        Asset, verbose_name=_("other asset"), on_delete=models.PROTECT, related_name="relations_to"
    )
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)

    objects = AssetRelationQuerySet.as_manager()

    class Meta:
        verbose_name = _("relation of assets")
        verbose_name_plural = _("relations of assets")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind"], name="asset_relation_once", condition=models.Q(until__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["source"],
                name="asset_part_of_one",
                condition=models.Q(until__isnull=True, kind="part_of"),
            ),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="asset_relation_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"
