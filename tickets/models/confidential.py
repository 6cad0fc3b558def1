"""Who needs to know of a confidential ticket, who looked at it, and who opened it in an emergency (ADR 17)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.models.ticket import Ticket, of_visible_ticket

REASON_LENGTH = 2000


class TicketReader(models.Model):
    """A person or a team of the desk that needs to know of a confidential ticket (M1.2-4).

    Rows exist only while the ticket is confidential; who was named when is told by its events.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="reader_rows")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    team = models.ForeignKey(
        "accounts.Team",
        verbose_name=_("team"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("reader of a confidential ticket")
        verbose_name_plural = _("readers of confidential tickets")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, team__isnull=True)
                | models.Q(user__isnull=True, team__isnull=False),
                name="reader_is_person_or_team",
            ),
            # They are looked up by person and by team, for every list of the desk.
            models.UniqueConstraint(
                fields=["user", "ticket"], condition=models.Q(user__isnull=False), name="reader_person_once"
            ),
            models.UniqueConstraint(
                fields=["team", "ticket"], condition=models.Q(team__isnull=False), name="reader_team_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} / {self.user_id or self.team_id}"


class ConfidentialReadQuerySet(models.QuerySet["ConfidentialRead"]):
    def visible_to(self, viewer: User) -> Self:
        """Readings of visible tickets; the desk's own business. `policies.can_see_readings` says who of the desk."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()


class ConfidentialRead(models.Model):
    """Somebody of the desk has opened a confidential ticket. Never changed or deleted: the database refuses it.

    One row for a person, a place and a quarter of an hour (`quarter_at` is its beginning), so that a page which stays
    open doesn't fill the log. It stands beside the ticket: reading changes neither its version nor its history.
    """

    class Place(models.TextChoices):
        PAGE = "page", _("Page of the ticket")
        DOSSIER = "dossier", _("Dossier")
        REPORT = "report", _("First-response report")
        HANDOVER = "handover", _("Hand-over")
        MAIL = "mail", _("Mail")
        FILE = "file", _("File")
        API = "api", _("Another system")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="readings", db_index=False)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.CharField(_("where"), max_length=8, choices=Place.choices)
    read_at = models.DateTimeField(_("when"))
    quarter_at = models.DateTimeField()
    # The file's id where one was downloaded. A text, so that it takes part in the constraint also when it is empty.
    file = models.CharField(_("file"), max_length=36, blank=True)

    objects = ConfidentialReadQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading of a confidential ticket")
        verbose_name_plural = _("readings of confidential tickets")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "reader", "quarter_at", "place", "file"], name="reading_once_per_quarter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} read {self.ticket_id}"


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def visible_to(self, viewer: User) -> Self:
        """Administrators watch over all of them; the desk sees its own and those on visible tickets."""
        if viewer.can(Ability.CONFIGURE):
            return self
        if not viewer.is_desk:
            return self.none()
        return self.filter(models.Q(user=viewer) | of_visible_ticket(viewer))

    def in_force(self, at: datetime) -> Self:
        return self.filter(started_at__lte=at, ends_at__gt=at)


class BreakGlass(models.Model):
    """Emergency access: somebody who may not see a confidential ticket opened it, for a reason and a few hours.

    It lets them read and do nothing else. Never changed or deleted: the database refuses it.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="glasses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(_("reason"), max_length=REASON_LENGTH)
    started_at = models.DateTimeField(_("opened"))
    ends_at = models.DateTimeField(_("until"))

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("started_at")), name="glass_ends_later")
        ]
        indexes = [models.Index(fields=["user", "ends_at"], name="glass_of_person")]

    def __str__(self) -> str:
        return f"{self.user_id} opened {self.ticket_id}"
