from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.models.asking import WORDS_LENGTH, Asking, AskingQuerySet
from tickets.models.ticket import Ticket, of_visible_ticket
from tickets.promise_choices import ORIGIN_CHOICES, PROMISE_REASON_CHOICES
from tickets.promises import Origin


class TimeProposal(Asking):
    """A new time that the desk proposes where the promised one can't be kept, and why (M3.3.3-2).

    Accepted, it becomes a `PromisedTime`. Declined, the requester may name a time of their own, which the desk may take.
    """

    KIND: ClassVar[str] = "promise"

    # What was promised when this was asked.
    promised_at = models.DateTimeField(_("promised so far"), null=True)
    proposed_at = models.DateTimeField(_("proposed time"))
    reason_code = models.CharField(_("why"), max_length=12, choices=PROMISE_REASON_CHOICES)
    words = models.TextField(_("in words"), max_length=WORDS_LENGTH)
    meanwhile = models.TextField(_("meanwhile"), max_length=WORDS_LENGTH, blank=True)
    is_accepted = models.BooleanField(_("accepted"), null=True)
    counter_at = models.DateTimeField(_("the user's own suggestion"), null=True)

    objects = AskingQuerySet.as_manager()

    class Meta(Asking.Meta):
        verbose_name = _("proposed time")
        verbose_name_plural = _("proposed times")
        constraints = [
            *Asking.Meta.constraints,
            models.UniqueConstraint(fields=["ticket"], condition=models.Q(state="asked"), name="timeproposal_one_open"),
            models.CheckConstraint(
                condition=models.Q(state="answered", is_accepted__isnull=False)
                | (~models.Q(state="answered") & models.Q(is_accepted__isnull=True, counter_at__isnull=True)),
                name="timeproposal_accepted_when_answered",
            ),
        ]

    def asked_facts(self) -> dict[str, Any]:
        names = ("promised_at", "proposed_at", "reason_code", "words", "meanwhile")
        return {**super().asked_facts(), **{name: getattr(self, name) for name in names}}

    def answered_facts(self) -> dict[str, Any]:
        return {**super().answered_facts(), "is_accepted": self.is_accepted, "counter_at": self.counter_at}


class PromisedTimeQuerySet(models.QuerySet["PromisedTime"]):
    def visible_to(self, viewer: User) -> Self:
        """Promises on visible tickets: both sides know what was promised."""
        return self.filter(of_visible_ticket(viewer))


class PromisedTime(models.Model):
    """A time that was promised to the requester (M3.3.3-2). The ticket's last one holds; the earlier ones stay as they are.

    The database refuses to change what was promised. `due_at` is when the sweep has to look, empty where nothing is to be
    told any more, and `passed_at` when it was told that the promise was not kept. Instants are UTC.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="promises", db_index=False)
    promised_at = models.DateTimeField(_("promised time"))
    made_at = models.DateTimeField(_("promised on"))
    # Nobody for the first one, which follows from the target.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    origin = models.CharField(_("how it came about"), max_length=7, choices=ORIGIN_CHOICES)
    proposal = models.OneToOneField(TimeProposal, null=True, on_delete=models.PROTECT, related_name="promise")
    due_at = models.DateTimeField(null=True, editable=False)
    passed_at = models.DateTimeField(_("told as missed"), null=True, editable=False)

    objects = PromisedTimeQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(origin=Origin.FIRST, proposal__isnull=True, made_by__isnull=True)
                | (~models.Q(origin=Origin.FIRST) & models.Q(proposal__isnull=False, made_by__isnull=False)),
                name="promise_comes_from_proposal",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(origin=Origin.FIRST), name="promise_first_once"
            ),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="promise_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.promised_at:%Y-%m-%d %H:%M}"
