from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.models.ticket import TEXT_LENGTH, Ticket, of_visible_ticket


class TicketTaskQuerySet(models.QuerySet["TicketTask"]):
    def visible_to(self, viewer: User) -> TicketTaskQuerySet:
        """Tasks of visible tickets; the desk's own business (M1.2-4)."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()

    def open(self) -> TicketTaskQuerySet:
        return self.filter(state=TicketTask.State.OPEN)


class TicketTask(models.Model):
    """One team's share of a ticket that several have to work on (M3.4-3). An open one keeps the ticket from being solved.

    `Ticket.open_matters` counts the open ones with all else that must end first; both change in the same act.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="tasks")
    team = models.ForeignKey("accounts.Team", verbose_name=_("team"), on_delete=models.PROTECT, related_name="tasks")
    words = models.TextField(_("what is to be done"), max_length=TEXT_LENGTH)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    result = models.TextField(_("result"), max_length=TEXT_LENGTH, blank=True)

    objects = TicketTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", ended_at__isnull=True)
                | models.Q(state__in=["done", "dropped"], ended_at__isnull=False),
                name="task_ended_has_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["team"], name="task_open_of_team", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.words[:60]
