"""Other systems that are told of tickets: webhooks and chat channels, and the log of what was tried."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import Team
from helpdesk.common.models import OutboxMessage
from helpdesk.common.sealed import SealedTextField

NAME_LENGTH = 80
URL_LENGTH = 1000
ANSWER_LENGTH = 1024
# What changes by itself is no change of the configuration.
_STATE = ["failures", "blocked_until", "last_error"]


class Destination(models.Model):
    """Where outgoing messages go that are for no person, with the state of its circuit.

    `codes` are the acts it is told of; an empty list means all. `failures` counts the failed attempts since the last
    that succeeded; until `blocked_until` nothing is tried.
    """

    channel: ClassVar[OutboxMessage.Channel]

    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    codes = models.JSONField(_("told of"), default=list, blank=True)
    is_retired = models.BooleanField(_("retired"), default=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    blocked_until = models.DateTimeField(_("not tried before"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """How outgoing messages name it."""
        return f"{self.channel}/{self.pk}"


class WebhookEndpoint(Destination):
    """An address of another system that is told of acts on tickets, signed so that it knows who speaks.

    Without a team it hears of all tickets. What is internal and what is confidential it hears only where that is
    marked. After a change of the key both keys sign until `previous_secret_until`.
    """

    channel = OutboxMessage.Channel.WEBHOOK

    url = models.CharField(_("address"), max_length=URL_LENGTH)
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Only tickets of this team. Empty: all tickets."),
    )
    includes_internal = models.BooleanField(
        _("also what is internal"),
        default=False,
        help_text=_("Notes, and the reasons that were given for acts."),
    )
    includes_confidential = models.BooleanField(
        _("also confidential tickets"),
        default=False,
        help_text=_("Whoever reads there reads tickets that otherwise only their team may see."),
    )
    secret = SealedTextField(editable=False)
    previous_secret = SealedTextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)
    history = HistoricalRecords(excluded_fields=[*_STATE, "secret", "previous_secret", "previous_secret_until"])

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["name"], name="webhook_name_once")]


class ChatChannel(Destination):
    """A group or a person in a chat program, told in one sentence with a link.

    A team's channel hears of the team's tickets. A person's hears of those that are given to them, and of their own
    requests what they may read there.
    """

    channel = OutboxMessage.Channel.CHAT

    # The address is the key: whoever has it can write there.
    url = SealedTextField(_("address"), editable=False)
    service = models.CharField(_("chat program"), max_length=20, editable=False)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    history = HistoricalRecords(excluded_fields=[*_STATE, "url"])

    class Meta:
        verbose_name = _("chat channel")
        verbose_name_plural = _("chat channels")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="chat_channel_name_once"),
            models.CheckConstraint(
                condition=models.Q(team__isnull=False, person__isnull=True)
                | models.Q(team__isnull=True, person__isnull=False),
                name="chat_channel_of_a_team_or_a_person",
            ),
        ]


class Delivery(models.Model):
    """One attempt to reach a destination: when, how long, and the beginning of what it answered.

    `status` is the answer's, null without one; `error` then says why, as a code.
    """

    message = models.ForeignKey(
        OutboxMessage, verbose_name=_("message"), on_delete=models.CASCADE, related_name="deliveries"
    )
    destination = models.CharField(max_length=40)
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    tried_at = models.DateTimeField(_("tried at"))
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    answer = models.TextField(_("what was answered"), blank=True)

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        indexes = [
            models.Index(fields=["destination", "-id"], name="delivery_of_destination"),
            models.Index(fields=["tried_at"], name="delivery_when"),
        ]

    def __str__(self) -> str:
        return f"{self.destination} #{self.attempt} {self.status or self.error}"
