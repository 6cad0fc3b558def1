from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.models.ticket import Ticket, of_visible_ticket

WORDS_LENGTH = 2000


class AskingQuerySet(models.QuerySet[Any]):
    """What is asked on visible tickets: the requester's side and the desk both read it (M1.2-3)."""

    def visible_to(self, viewer: User) -> Self:
        return self.filter(of_visible_ticket(viewer))

    def open(self) -> Self:
        return self.filter(state=Asking.State.ASKED)


class Asking(models.Model):
    """Something that the desk asks a ticket's requester and that is answered once (ADR 15).

    Only `tickets/services/agreements/` writes here. What was asked and what was answered never change afterwards; who wants
    something else asks anew. Silence until `answer_by_at` (UTC) is no consent: the row lapses.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for an answer")
        ANSWERED = "answered", _("Answered")
        LAPSED = "lapsed", _("Not answered in time")
        CANCELLED = "cancelled", _("Taken back")

    class Via(models.TextChoices):
        PORTAL = "portal", _("in the portal")
        LINK = "link", _("by the link in the mail")
        SPOKEN = "spoken", _("spoken, recorded by support")
        API = "api", _("through another system")

    ticket_id: int
    asked_by_id: int
    answered_by_id: int | None
    recorded_by_id: int | None
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="%(class)ss", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(_("asked"))
    answer_by_at = models.DateTimeField(_("answer by"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.ASKED)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # When the sweep must look at the row; empty where nothing runs out any more.
    due_at = models.DateTimeField(null=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    via = models.CharField(_("answered"), max_length=6, choices=Via.choices, blank=True)
    # Who of the desk wrote a spoken answer down.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answer_words = models.TextField(_("words of the answer"), max_length=WORDS_LENGTH, blank=True)

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="asked", ended_at__isnull=True)
                | (~models.Q(state="asked") & models.Q(ended_at__isnull=False)),
                name="%(class)s_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="answered") | (models.Q(answered_by__isnull=False) & ~models.Q(via="")),
                name="%(class)s_answer_has_person",
            ),
            models.CheckConstraint(
                condition=models.Q(via="spoken", recorded_by__isnull=False)
                | (~models.Q(via="spoken") & models.Q(recorded_by__isnull=True)),
                name="%(class)s_spoken_is_recorded",
            ),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="%(class)s_of_ticket")]

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.pk}"

    def asked_facts(self) -> dict[str, Any]:
        """What was asked, for the trail's fingerprint. Kinds add what is theirs."""
        return {"ticket": self.ticket_id, "by": self.asked_by_id, "at": self.asked_at, "until": self.answer_by_at}

    def answered_facts(self) -> dict[str, Any]:
        """What was answered, likewise."""
        return {
            "by": self.answered_by_id,
            "via": self.via,
            "recorded_by": self.recorded_by_id,
            "at": self.ended_at,
            "words": self.answer_words,
        }

    @property
    def is_open(self) -> bool:
        return self.state == self.State.ASKED
