from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.asking import WORDS_LENGTH, Asking, AskingQuerySet
from tickets.promises import STEP_LENGTH


class ActionRequest(Asking):
    """Something that only the requester can do, in numbered steps (M3.3.3-3). The ticket waits for them meanwhile.

    `reminders_sent` counts the reminders whose instants have passed; `due_at` is the next one, or the end.
    """

    KIND: ClassVar[str] = "action"

    words = models.TextField(_("what it is for"), max_length=WORDS_LENGTH)
    is_done = models.BooleanField(_("done"), null=True)
    reminders_sent = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = AskingQuerySet.as_manager()

    class Meta(Asking.Meta):
        verbose_name = _("request for action")
        verbose_name_plural = _("requests for action")
        constraints = [
            *Asking.Meta.constraints,
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(state="asked"), name="actionrequest_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(state="answered", is_done__isnull=False)
                | (~models.Q(state="answered") & models.Q(is_done__isnull=True)),
                name="actionrequest_done_when_answered",
            ),
        ]

    def asked_facts(self) -> dict[str, Any]:
        return {**super().asked_facts(), "words": self.words, "steps": [step.words for step in self.steps.all()]}

    def answered_facts(self) -> dict[str, Any]:
        return {**super().answered_facts(), "is_done": self.is_done, "done": self.done}

    @property
    def done(self) -> list[int]:
        """The numbers of the steps that the requester took."""
        return [step.position for step in self.steps.all() if step.is_done]


class ActionStep(models.Model):
    """One step of a request. Ticked with the answer, and never changed after it."""

    request = models.ForeignKey(ActionRequest, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField(_("number"))
    words = models.CharField(_("what to do"), max_length=STEP_LENGTH)
    is_done = models.BooleanField(_("done"), default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["request", "position"], name="action_step_once")]

    def __str__(self) -> str:
        return f"{self.position}. {self.words}"
