from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.models.asking import Asking, AskingQuerySet
from tickets.survey import BEST, WORST, is_low


class SurveyQuerySet(AskingQuerySet):
    def visible_to(self, viewer: User) -> Self:
        """The requester's own, and for the desk those of visible tickets; who only reads along isn't told (M1.2-4)."""
        rows = super().visible_to(viewer)
        return rows if viewer.is_desk else rows.filter(ticket__requester=viewer)

    def rated(self) -> Self:
        """Answered with a rating; others passed."""
        return self.filter(rating__isnull=False)


class Survey(Asking):
    """How did we do? Asked when a ticket is closed, answered once by its requester or not at all (M1.1, M3.5-5).

    The system asks, so `asked_by` stays empty. An answer without a rating means that the requester passed. Nothing runs out
    by the clock: after `answer_by_at` nobody can answer any more, and reopening or archiving the ticket ends the row.
    """

    asked_by_id: int | None  # type: ignore[assignment]
    follow_up_id: int | None
    asked_by = models.ForeignKey(  # type: ignore[assignment]
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rating = models.PositiveSmallIntegerField(_("rating"), null=True)
    # Codes of `tickets.survey.Reason`, only with a low rating.
    reasons: Any = models.JSONField(_("reasons"), default=list, blank=True)
    follow_up = models.OneToOneField(
        "tickets.Ticket",
        verbose_name=_("follow-up"),
        null=True,
        on_delete=models.PROTECT,
        related_name="opened_by_survey",
    )

    objects = SurveyQuerySet.as_manager()

    class Meta(Asking.Meta):
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            *Asking.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True) | models.Q(state="answered", rating__range=(WORST, BEST)),
                name="survey_rating_of_five",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(state__in=["asked", "answered"]), name="survey_once"
            ),
        ]

    def answered_facts(self) -> dict[str, Any]:
        return {**super().answered_facts(), "rating": self.rating, "reasons": sorted(self.reasons)}

    def can_be_answered(self, at: datetime) -> bool:
        return self.is_open and self.answer_by_at > at

    @property
    def is_low(self) -> bool:
        return is_low(self.rating)
