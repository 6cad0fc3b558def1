"""Where mail is fetched from, and every mail that came (M3.1-1)."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.sealed import SealedTextField
from tickets.intake.gate import FromMachines, FromStrangers
from tickets.models.conversation import Message
from tickets.models.ticket import Ticket, of_visible_ticket


class Mailbox(models.Model):
    """An address of the desk, how its mail is fetched, and what becomes of it.

    At most one is set up by MAILBOX_URL (`is_from_settings`): its server, user and password stand there and are never
    stored. How fetching goes is in `MailboxState`.
    """

    class Security(models.TextChoices):
        TLS = "tls", _("TLS (port 993)")
        STARTTLS = "starttls", _("STARTTLS (port 143)")
        NONE = "none", _("None: only on this machine or a closed network")

    class Credential(models.TextChoices):
        PASSWORD = "password", _("Password")
        MICROSOFT = "microsoft", _("Microsoft 365 (OAuth 2)")
        GOOGLE = "google", _("Google Workspace (OAuth 2)")

    class Strangers(models.TextChoices):
        CREATE = FromStrangers.CREATE, _("Make a contact and a ticket")
        HOLD = FromStrangers.HOLD, _("Hold for review")
        REFUSE = FromStrangers.REFUSE, _("Refuse silently")

    class Machines(models.TextChoices):
        CREATE = FromMachines.CREATE, _("Make a ticket, without answering")
        KEEP = FromMachines.KEEP, _("Only keep the mail")

    name = models.CharField(_("name"), max_length=80)
    address = models.EmailField(_("address"), help_text=_("What people write to, and what our mails ask to answer to."))
    is_active = models.BooleanField(_("in use"), default=True)
    is_from_settings = models.BooleanField(default=False, editable=False)

    host = models.CharField(_("IMAP server"), max_length=200, blank=True)
    port = models.PositiveIntegerField(
        _("port"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    security = models.CharField(_("encryption"), max_length=10, choices=Security.choices, default=Security.TLS)
    username = models.CharField(_("user name"), max_length=200, blank=True)
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    credential = models.CharField(
        _("sign-in with"), max_length=10, choices=Credential.choices, default=Credential.PASSWORD
    )
    password = SealedTextField(_("password"), blank=True)
    oauth_tenant = models.CharField(
        _("tenant"), max_length=100, blank=True, help_text=_("Microsoft only: the directory (tenant) ID.")
    )
    oauth_client_id = models.CharField(_("client ID"), max_length=200, blank=True)
    oauth_client_secret = SealedTextField(_("client secret"), blank=True)
    oauth_refresh_token = SealedTextField(_("refresh token"), blank=True, help_text=_("Google needs it."))

    team = models.ForeignKey(
        "accounts.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Gets the tickets that their category brings to no other team."),
    )
    category = models.ForeignKey(
        "tickets.Category",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Of new tickets, until somebody classifies them."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        help_text=_("In which new contacts are written to. Empty: as they write."),
    )
    strangers = models.CharField(
        _("mail of unknown senders"), max_length=8, choices=Strangers.choices, default=Strangers.CREATE
    )
    machines = models.CharField(
        _("automatic mail"),
        max_length=8,
        choices=Machines.choices,
        default=Machines.KEEP,
        help_text=_("Messages of monitoring systems, for instance. Absence notes and bounces never make a ticket."),
    )
    has_subaddresses = models.BooleanField(
        _("takes help+anything@…"),
        default=False,
        help_text=_(
            "Most servers can; try it first by sending a mail to such an address. Answers are then recognised by their address too."
        ),
    )
    authserv_id = models.CharField(
        _("name of our checking mail server"),
        max_length=200,
        blank=True,
        help_text=_(
            "The first word of the “Authentication-Results” header that your own server adds. Without it, support staff can't act by mail."
        ),
    )
    hourly_limit = models.PositiveIntegerField(
        _("mails of one sender an hour"),
        default=300,
        validators=[MinValueValidator(1)],
        help_text=_("What exceeds it is held for review."),
    )
    history = HistoricalRecords(excluded_fields=["password", "oauth_client_secret", "oauth_refresh_token"])

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("address"), name="mailbox_address_once"),
            models.UniqueConstraint(
                fields=["is_from_settings"],
                condition=models.Q(is_from_settings=True),
                name="mailbox_from_settings_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


NEARLY_FULL = 90  # percent


class MailboxState(models.Model):
    """How far a mailbox has been fetched, and how it went. Times are UTC.

    `last_uid` is the newest mail taken over, and means something only together with `uid_validity` (RFC 3501, 2.3.1.1).
    Whoever fetches holds the lease. `failing_since` is null while all is well. `percent_full` is how much of its room on
    the server is used; null where the server names no limit. `stuck_uid` is the mail at which the connection broke, and
    `stuck_tries` how often in a row.
    """

    mailbox = models.OneToOneField(Mailbox, primary_key=True, on_delete=models.CASCADE, related_name="state")
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    last_poll_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    percent_full = models.PositiveSmallIntegerField(null=True)
    stuck_uid = models.BigIntegerField(null=True)
    stuck_tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.mailbox_id} at {self.last_uid}"

    @property
    def is_nearly_full(self) -> bool:
        """Soon its server will refuse new mails."""
        return self.percent_full is not None and self.percent_full >= NEARLY_FULL


class IncomingMailQuerySet(models.QuerySet["IncomingMail"]):
    def visible_to(self, viewer: User) -> IncomingMailQuerySet:
        """Who answers for the whole desk sees every mail, the desk those of tickets they may see.

        Held and quarantined mails may be about anything, so nobody else sees those that belong to no ticket.
        """
        if not viewer.can(Ability.USE_DESK):
            return self.none()
        of_ticket = models.Q(of_visible_ticket(viewer))
        if viewer.can(Ability.WORK_EVERYWHERE) or viewer.can(Ability.CONFIGURE):
            return self.filter(of_ticket | models.Q(ticket__isnull=True))
        return self.filter(of_ticket)

    def waiting_for_people(self) -> IncomingMailQuerySet:
        """Held and quarantined ones: somebody has to decide."""
        return self.filter(outcome__in=(IncomingMail.Outcome.HELD, IncomingMail.Outcome.QUARANTINED))


class IncomingMail(models.Model):
    """A mail as it came, stored before anything else is done with it, and what became of it.

    `content_sha256` is over what the sender wrote, not over what servers add on the way, so that the same mail in two
    mailboxes is the same. The bytes lie in the file store under `storage_key`; it is empty where they could not be had.
    `attempts` counts before the work, so a mail that kills its worker ends in quarantine. `ticket` is also set for a held
    mail that names one; `guessed_ticket` is one that a mail named without proof: only the desk is told.
    """

    class Outcome(models.TextChoices):
        STORED = "stored", _("Not looked at yet")
        CREATED = "created", _("New ticket")
        APPENDED = "appended", _("Added to a ticket")
        HELD = "held", _("Held for review")
        IGNORED = "ignored", _("Kept, nothing done")
        DUPLICATE = "duplicate", _("Came before")
        QUARANTINED = "quarantined", _("Unreadable")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailbox = models.ForeignKey(Mailbox, verbose_name=_("mailbox"), on_delete=models.PROTECT, related_name="mails")
    message_id = models.CharField(max_length=400, blank=True)
    content_sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    stored_at = models.DateTimeField(_("received"))

    outcome = models.CharField(_("what became of it"), max_length=12, choices=Outcome.choices, default=Outcome.STORED)
    reason = models.CharField(_("why"), max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    sender_email = models.CharField(_("sender"), max_length=320, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    verdict = models.CharField(max_length=12, blank=True)
    left_out = models.JSONField(default=list)  # names of files that were not taken over
    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="mails")
    note = models.OneToOneField(Message, null=True, on_delete=models.PROTECT, related_name="mail")
    guessed_ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="+")

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mail")
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "message_id", "content_sha256"], name="mail_stored_once"),
            models.UniqueConstraint(
                fields=["storage_key"], condition=~models.Q(storage_key=""), name="mail_bytes_of_one_row"
            ),
            # Two mailboxes get the same mail at once: one ticket.
            models.UniqueConstraint(
                fields=["message_id", "content_sha256"],
                condition=models.Q(outcome__in=["created", "appended"]),
                name="mail_acted_on_once",
            ),
        ]
        indexes = [
            models.Index(fields=["stored_at"], name="mail_to_do", condition=models.Q(outcome="stored")),
            models.Index(
                fields=["-stored_at"],
                name="mail_for_people",
                condition=models.Q(outcome__in=["held", "quarantined"]),
            ),
            models.Index(fields=["sender_email", "stored_at"], name="mail_of_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.sender_email}: {self.subject}"
