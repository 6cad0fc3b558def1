from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.asking import WORDS_LENGTH, Asking, AskingQuerySet


class WorkWindow(Asking):
    """A time in which the desk would like to work on what the requester needs, so that it disturbs least (M3.3.2-3).

    Accepted, the ticket waits until it begins. Declined, the requester says when it suits better.
    """

    KIND: ClassVar[str] = "window"

    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    words = models.TextField(_("what happens"), max_length=WORDS_LENGTH)
    affected = models.TextField(_("what is affected"), max_length=WORDS_LENGTH, blank=True)
    is_accepted = models.BooleanField(_("accepted"), null=True)
    wished_at = models.DateTimeField(_("better time"), null=True)

    objects = AskingQuerySet.as_manager()

    class Meta(Asking.Meta):
        verbose_name = _("work window")
        verbose_name_plural = _("work windows")
        constraints = [
            *Asking.Meta.constraints,
            models.UniqueConstraint(fields=["ticket"], condition=models.Q(state="asked"), name="workwindow_one_open"),
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")), name="workwindow_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(state="answered", is_accepted__isnull=False)
                | (~models.Q(state="answered") & models.Q(is_accepted__isnull=True, wished_at__isnull=True)),
                name="workwindow_accepted_when_answered",
            ),
        ]

    def asked_facts(self) -> dict[str, Any]:
        names = ("starts_at", "ends_at", "words", "affected")
        return {**super().asked_facts(), **{name: getattr(self, name) for name in names}}

    def answered_facts(self) -> dict[str, Any]:
        return {**super().answered_facts(), "is_accepted": self.is_accepted, "wished_at": self.wished_at}
