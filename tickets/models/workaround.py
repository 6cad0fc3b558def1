from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.models.ticket import Ticket, of_visible_ticket


class WorkaroundReviewQuerySet(models.QuerySet["WorkaroundReview"]):
    def visible_to(self, viewer: User) -> WorkaroundReviewQuerySet:
        """Reviews of visible tickets; the desk's own business (M1.2-4)."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()


class WorkaroundReview(models.Model):
    """A workaround isn't the end: who looks at it again, and when (M3.5-2).

    At `review_at` (UTC) a follow-up ticket is opened for the owner, if the ticket was closed with the workaround.
    `due_at` is empty once that has happened or the workaround no longer stands.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="workaround_reviews")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    review_at = models.DateTimeField(_("review"))
    due_at = models.DateTimeField(null=True, editable=False)
    follow_up = models.ForeignKey(
        Ticket, verbose_name=_("follow-up"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = WorkaroundReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of a workaround")
        verbose_name_plural = _("reviews of workarounds")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(due_at__isnull=False), name="workaround_one_review_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="workaround_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.review_at:%Y-%m-%d}"
