"""How long archived tickets keep what is personal, what may not be erased, and who was erased (M3.5-4, ADR 18)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.models.ticket import Ticket, of_visible_ticket

REASON_LENGTH = 500
IS_IN_FORCE = models.Q(lifted_at__isnull=True)


class RetentionPolicy(models.Model):
    """How many days after archiving what is personal is erased from tickets of a category and all below it.

    The nearest one up the tree counts, then the one without a category; without any, everything is kept for ever.
    `keep_days` is null for "for ever". Figures and the trail stay in any case.
    """

    category = models.ForeignKey(
        "tickets.Category",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("With everything below it. Empty: all tickets for which nothing else is said."),
    )
    keep_days = models.PositiveIntegerField(
        _("days after archiving"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: kept for ever."),
    )
    erases_texts = models.BooleanField(
        _("erase texts and files too"),
        default=False,
        help_text=_("Otherwise only who it was: names, addresses, phone numbers, devices, and the mails as they came."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("retention policy")
        verbose_name_plural = _("retention policies")
        ordering = ["category__path", "id"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("category", models.Value(0), output_field=models.BigIntegerField()),
                name="retention_policy_once_per_category",
                violation_error_message=_("There is a policy for this category already."),
            ),
            models.CheckConstraint(
                condition=models.Q(keep_days__isnull=True) | models.Q(keep_days__gte=1),
                name="retention_policy_keeps_a_day",
            ),
        ]

    def __str__(self) -> str:
        return str(self.category or _("All tickets"))


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, viewer: User) -> Self:
        """Those of visible tickets, for the desk; those of people for administrators."""
        if not viewer.is_desk:
            return self.none()
        visible = models.Q(of_visible_ticket(viewer))
        if viewer.can(Ability.CONFIGURE):
            visible |= models.Q(ticket__isnull=True)
        return self.filter(visible)

    def in_force(self) -> Self:
        return self.filter(IS_IN_FORCE)

    def on(self, ticket: Ticket) -> Self:
        """Those that keep this ticket: its own, and those of the people whose request it is."""
        people = (ticket.requester_id, ticket.reported_by_id)
        return self.in_force().filter(models.Q(ticket=ticket) | models.Q(person_id__in=people))


class LegalHold(models.Model):
    """Somebody has to keep a ticket, or all tickets of a person, as they are: nothing is erased until it is lifted.

    The row is the record of it and is never deleted; on a ticket each act is an event too.
    """

    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), null=True, on_delete=models.PROTECT, related_name="holds"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"), max_length=REASON_LENGTH)
    set_at = models.DateTimeField(_("kept since"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("set by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("lifted by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    lift_reason = models.TextField(_("why it was lifted"), max_length=REASON_LENGTH, blank=True)

    objects = LegalHoldQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ticket__isnull=False, person__isnull=True)
                | models.Q(ticket__isnull=True, person__isnull=False),
                name="hold_of_a_ticket_or_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_lifted_by_somebody",
            ),
            models.UniqueConstraint(fields=["ticket"], condition=IS_IN_FORCE, name="hold_once_per_ticket"),
            models.UniqueConstraint(fields=["person"], condition=IS_IN_FORCE, name="hold_once_per_person"),
        ]

    def __str__(self) -> str:
        return str(self.ticket or self.person)

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None


class PersonErasureQuerySet(models.QuerySet["PersonErasure"]):
    def unfinished(self) -> Self:
        """Those whose tickets haven't all followed yet."""
        return self.filter(done_at__isnull=True)


class PersonErasure(models.Model):
    """A person who was made nameless, by whom and when. Their tickets follow one by one; `done_at` says that all have.

    It holds no name: after it there is none.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )
    erased_at = models.DateTimeField(_("anonymised"))
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(_("tickets done"), null=True)

    objects = PersonErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("anonymised person")
        verbose_name_plural = _("anonymised people")
        ordering = ["-erased_at"]
        indexes = [models.Index(fields=["id"], name="erasure_to_do", condition=models.Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return str(self.person)
