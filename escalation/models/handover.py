"""Hand-overs: who was asked to take a ticket over, what was handed over, and what came of it (M3.4-6)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from escalation.models.path import EscalationLevel, EscalationPath
from helpdesk.accounts.models import User
from tickets.choices import REASON_CHOICES
from tickets.handover import Reason, missing
from tickets.models import Attachment, Ticket
from tickets.models.ticket import of_visible_ticket


class Package(models.Model):
    """What was handed over, as it was then. Never changed: the database refuses it; a completed one is another row.

    `parts` are texts by the names in `tickets/handover.py`. `facts` say how the ticket stood: status, priority, and the
    clocks with what was due when. `made_by` is null for one that the clock put together.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="packages")
    made_at = models.DateTimeField(_("put together"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    parts = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    files = models.ManyToManyField(Attachment, related_name="+")

    class Meta:
        verbose_name = _("hand-over package")
        verbose_name_plural = _("hand-over packages")

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def missing(self) -> tuple[str, ...]:
        return missing(self.parts)

    @property
    def is_complete(self) -> bool:
        return not self.missing


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, viewer: User) -> EscalationQuerySet:
        """Those of visible tickets; the desk's own business (M1.2-4)."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()

    def open(self) -> EscalationQuerySet:
        """Those that wait for somebody to answer."""
        return self.filter(state__in=OPEN_STATES)


class Escalation(models.Model):
    """A ticket goes to one level: offered to a person, who accepts it or sends it back. Where nobody answers it is
    offered to the deputy, and then the next level gets an escalation of its own (`previous`).

    `level` is null where no path fits and the team's lead is asked. `from_level` is where the ticket stands again if it is
    sent back, `from_team` whose it was when it went up. `asked` are the ids of the people who have been asked here, in order. `accept_by_at` is until when the
    present one may answer (UTC); null for the last person of a path, whom it stays with. Once accepted, `segments` count
    how long the level works on it, and at `handle_by_at` the next level is asked. Written only under the lock of the
    ticket.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered")
        NOTIFIED = "notified", _("Told")
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Sent back")
        CLIMBED = "climbed", _("Went on to the next level")
        ENDED = "ended", _("Solved or withdrawn meanwhile")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="escalations")
    reason = models.CharField(_("reason"), max_length=20, choices=REASON_CHOICES)
    path = models.ForeignKey(EscalationPath, null=True, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(EscalationLevel, null=True, on_delete=models.PROTECT, related_name="+")
    level_number = models.PositiveSmallIntegerField(_("level"))
    from_level = models.PositiveSmallIntegerField(default=0)
    from_team = models.ForeignKey("accounts.Team", null=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.PROTECT, related_name="+")
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="escalations")
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OFFERED)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="offered_escalations"
    )
    stands_for = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    is_deputy = models.BooleanField(default=False)
    asked = models.JSONField(default=list)
    began_at = models.DateTimeField(_("began"))
    offered_at = models.DateTimeField(_("offered"))
    accept_by_at = models.DateTimeField(_("to accept by"), null=True)
    segments = models.JSONField(default=list)
    handle_by_at = models.DateTimeField(_("to solve there by"), null=True)
    next_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(_("why it was sent back"), blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(state__in=["offered", "notified"]),
                name="escalation_one_open_per_ticket",
            ),
            models.CheckConstraint(condition=models.Q(reason__in=list(Reason)), name="escalation_reason_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=["offered", "notified"], answered_at__isnull=True)
                | models.Q(state__in=["accepted", "returned", "climbed", "ended"], answered_at__isnull=False),
                name="escalation_answered_has_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="escalation_due", condition=models.Q(next_at__isnull=False)),
            models.Index(fields=["offered_to", "state"], name="escalation_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.label}"

    @property
    def label(self) -> str:
        """How the level is called on the desk; the first line is L1."""
        return f"L{self.level_number + 1}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


OPEN_STATES = (Escalation.State.OFFERED, Escalation.State.NOTIFIED)
