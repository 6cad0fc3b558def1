"""What people write and attach, what they are still writing, and who is looking."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from tickets.choices import Channel, MessageKind
from tickets.models.ticket import TEXT_LENGTH, Ticket, of_visible_ticket


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, viewer: User) -> MessageQuerySet:
        """Messages of visible tickets; internal ones only for the desk (M1.2-4)."""
        messages = self.filter(of_visible_ticket(viewer))
        return messages if viewer.is_desk else messages.filter(kind=MessageKind.PUBLIC)


class Message(models.Model):
    """A public message or an internal note. Never changed or deleted; a correction is a new message.

    `author` is null for mail of a sender without an account.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(_("kind"), max_length=8, choices=MessageKind.choices, default=MessageKind.INTERNAL)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    is_from_desk = models.BooleanField(default=False)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.PORTAL)
    body = models.TextField(_("text"), max_length=TEXT_LENGTH)
    created_at = models.DateTimeField(_("written"))

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index(fields=["ticket", "created_at", "id"], name="message_of_ticket")]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=MessageKind.values), name="message_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} #{self.pk}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, viewer: User) -> AttachmentQuerySet:
        """Files of visible tickets, those of internal notes only for the desk; own files not yet sent."""
        files = models.Q(of_visible_ticket(viewer))
        if not viewer.is_desk:
            files &= models.Q(message__isnull=True, is_internal=False) | models.Q(message__kind=MessageKind.PUBLIC)
        return self.filter(files | models.Q(ticket__isnull=True, uploaded_by=viewer))


class Attachment(models.Model):
    """A stored file. Without a ticket it is still part of something its uploader is writing.

    `storage_key` is random and outside the web root; the only way to the bytes is `/files/<uuid>`.
    `content_type` was sniffed from the content, never taken from the sender.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="attachments")
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    content_type = models.CharField(_("type"), max_length=100)
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=64, unique=True)
    # The desk's own, though it belongs to no note: evidence of a diagnosis, say.
    is_internal = models.BooleanField(default=False, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    # The bytes are gone for good since then; what they were is still known by `sha256`.
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            models.Index(fields=["ticket"], name="attachment_of_ticket"),
            models.Index(fields=["created_at"], name="attachment_unsent", condition=models.Q(ticket__isnull=True)),
            models.Index(fields=["uploaded_by", "created_at"], name="attachment_quota"),
        ]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What somebody has typed and not sent: one per person, place and mode, so nothing is lost (ux decision 9).

    `ticket` is null for a ticket that is still being written. `content` maps field names to texts.
    """

    class Mode(models.TextChoices):
        REPLY = "reply"
        NOTE = "note"
        RESOLVE = "resolve"
        SUBMIT = "submit"
        ON_BEHALF = "on_behalf"
        CALL = "call"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode.choices)
    content = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "ticket", "mode"], name="draft_once_per_ticket"),
            models.UniqueConstraint(
                fields=["user", "mode"], condition=models.Q(ticket__isnull=True), name="draft_once_without_ticket"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.ticket_id}/{self.mode}"


class Presence(models.Model):
    """Somebody of the desk has a ticket open. Older than 45 seconds means gone."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_replying = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.ticket_id}"


class TicketSeen(models.Model):
    """How far a person has read a ticket, as a version: anything newer is unread."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="seen_rows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="seen_once")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.ticket_id} v{self.version}"
