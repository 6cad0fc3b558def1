from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from helpdesk.accounts.models import User
from tickets.models.ticket import Ticket, of_visible_ticket


class TicketAssetQuerySet(models.QuerySet["TicketAsset"]):
    def visible_to(self, viewer: User) -> Self:
        """Those of visible tickets: whoever reads a ticket may know which device it is about."""
        return self.filter(of_visible_ticket(viewer))


class TicketAsset(models.Model):
    """A ticket is about this asset (M3.1-3). The first one is *the* device of the ticket.

    Only `tickets/services/asset_links.py` writes here; the ticket's computer name and IP address are what was said, the
    asset is what is known.
    """

    asset_id: int
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="asset_links", db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="ticket_links", db_index=False)
    linked_at = models.DateTimeField(_("linked"))
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = TicketAssetQuerySet.as_manager()

    class Meta:
        verbose_name = _("asset of a ticket")
        verbose_name_plural = _("assets of tickets")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "asset"], name="ticket_asset_once")]
        indexes = [models.Index(fields=["asset", "-linked_at"], name="ticket_asset_by_asset")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.asset_id}"
