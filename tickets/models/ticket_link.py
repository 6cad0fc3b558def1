from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.models.ticket import Ticket, of_visible_ticket


class TicketLinkQuerySet(models.QuerySet["TicketLink"]):
    def visible_to(self, viewer: User) -> Self:
        """Those between two tickets that the viewer may both see."""
        return self.filter(of_visible_ticket(viewer), other__in=Ticket.objects.visible_to(viewer))


class TicketLink(models.Model):
    """An earlier ticket that was consulted for this one, kept for whoever comes next (M3.3.1-3)."""

    other_id: int
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="consulted", db_index=False)
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="consulted_by")
    is_used = models.BooleanField(_("its solution was taken over"), default=False)
    linked_at = models.DateTimeField(_("linked"))
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = TicketLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("similar ticket")
        verbose_name_plural = _("similar tickets")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other"], name="ticket_link_once"),
            models.CheckConstraint(condition=~models.Q(ticket=models.F("other")), name="ticket_link_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.other_id}"
