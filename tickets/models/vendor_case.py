from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assets.models import Vendor, VendorContact, VendorContract
from helpdesk.accounts.models import User
from tickets.disclosure import LABELS, worded_value
from tickets.models.catalogue import WaitingReason
from tickets.models.conversation import Attachment
from tickets.models.mail import IncomingMail
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH, Ticket, of_visible_ticket


class VendorCaseQuerySet(models.QuerySet["VendorCase"]):
    def visible_to(self, viewer: User) -> Self:
        """Cases of visible tickets; the desk's own business (M1.2-4)."""
        return self.filter(of_visible_ticket(viewer)) if viewer.is_desk else self.none()

    def open(self) -> Self:
        return self.filter(state=VendorCase.State.OPEN)

    def spoken_by(self, person: User) -> Self:
        """Those with whose vendor this person speaks."""
        return self.filter(models.Q(vendor__liaison=person) | models.Q(vendor__deputy=person))


class VendorCase(models.Model):
    """What a vendor is asked to do for a ticket, from opening to outcome (M3.4-7).

    Only `tickets/services/vendors/` changes rows here. An open case keeps the ticket from being solved and from being
    archived. `promised_at` is the vendor's own promise, `next_chase_at` when we look after it; `due_at` is the same
    instant until it was told. `turn` says who owes the next answer. `waiting_reason` is why the ticket waits for it.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("vendor case", "Open")
        CLOSED = "closed", pgettext_lazy("vendor case", "Closed")

    class Turn(models.TextChoices):
        US = "us", pgettext_lazy("vendor case", "Our turn")
        VENDOR = "vendor", pgettext_lazy("vendor case", "The vendor's turn")

    class Severity(models.TextChoices):
        CRITICAL = "critical", pgettext_lazy("vendor severity", "Critical")
        HIGH = "high", pgettext_lazy("vendor severity", "High")
        MEDIUM = "medium", pgettext_lazy("vendor severity", "Medium")
        LOW = "low", pgettext_lazy("vendor severity", "Low")

    class Outcome(models.TextChoices):
        SOLVED = "solved", pgettext_lazy("vendor outcome", "The vendor solved it")
        WORKAROUND = "workaround", pgettext_lazy("vendor outcome", "The vendor offered a workaround")
        NOT_SOLVED = "not_solved", pgettext_lazy("vendor outcome", "The vendor could not or would not help")
        NOT_NEEDED = "not_needed", pgettext_lazy("vendor outcome", "It is no longer needed")

    ticket_id: int
    vendor_id: int
    waiting_reason_id: str | None
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="vendor_cases", db_index=False)
    vendor = models.ForeignKey(Vendor, verbose_name=_("vendor"), on_delete=models.PROTECT, related_name="cases")
    contract = models.ForeignKey(
        VendorContract,
        verbose_name=_("contract"),
        null=True,
        on_delete=models.PROTECT,
        related_name="cases",
    )
    contact = models.ForeignKey(
        VendorContact, verbose_name=_("contact"), null=True, on_delete=models.PROTECT, related_name="cases"
    )
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH)
    question = models.TextField(_("what the vendor is asked"), max_length=TEXT_LENGTH)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, default=Severity.MEDIUM)
    reference = models.CharField(_("their number"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN)
    turn = models.CharField(_("whose turn"), max_length=6, choices=Turn.choices, default=Turn.US)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    promised_at = models.DateTimeField(_("promised by the vendor"), null=True)
    next_chase_at = models.DateTimeField(_("chase next"), null=True)
    due_at = models.DateTimeField(null=True, editable=False)
    visit_from_at = models.DateTimeField(_("visit from"), null=True)
    visit_until_at = models.DateTimeField(_("visit until"), null=True)
    cost_amount = models.CharField(_("cost"), max_length=60, blank=True)
    cost_note = models.CharField(_("about the cost"), max_length=300, blank=True)
    waiting_reason = models.ForeignKey(
        WaitingReason, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    closing_words = models.TextField(_("what came of it"), max_length=TEXT_LENGTH, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = VendorCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("vendor case")
        verbose_name_plural = _("vendor cases")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at__isnull=True, outcome="", next_chase_at__isnull=False)
                | (models.Q(state="closed", closed_at__isnull=False, due_at__isnull=True) & ~models.Q(outcome="")),
                name="vendor_case_open_or_ended",
            ),
            models.CheckConstraint(
                condition=models.Q(visit_from_at__isnull=True, visit_until_at__isnull=True)
                | models.Q(visit_from_at__lt=models.F("visit_until_at")),
                name="vendor_case_visit_is_a_window",
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="vendor_case_of_ticket"),
            models.Index(fields=["next_chase_at", "id"], name="vendor_case_open", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_vendors_turn(self) -> bool:
        return self.turn == self.Turn.VENDOR

    @property
    def reply_due_at(self) -> datetime | None:
        """By when the vendor's next answer is due: as promised, else when we would chase it; None on our turn."""
        return (self.promised_at or self.next_chase_at) if self.is_vendors_turn else None

    @property
    def address(self) -> str:
        """Where mails about it go; empty where the vendor has no address."""
        return (self.contact.email if self.contact is not None else "") or self.vendor.email

    def is_overdue(self, at: datetime) -> bool:
        """Somebody should have been chased, or has not kept their promise."""
        instants = (self.next_chase_at, self.reply_due_at)
        return self.is_open and any(instant is not None and instant <= at for instant in instants)

    def is_covered(self, day: date) -> bool:
        """A contract in force covers it, so that it costs nothing more."""
        return self.contract is not None and self.contract.is_in_force(day)

    def asked_facts(self) -> dict[str, Any]:
        """What was opened, for the trail's fingerprint."""
        return {
            "ticket": self.ticket_id,
            "vendor": self.vendor_id,
            "subject": self.subject,
            "question": self.question,
            "by": self.opened_by_id,
            "at": self.opened_at,
        }

    def answered_facts(self) -> dict[str, Any]:
        """What came of it, likewise."""
        return {
            "outcome": self.outcome,
            "words": self.closing_words,
            "by": self.closed_by_id,
            "at": self.closed_at,
        }


class VendorMessageQuerySet(models.QuerySet["VendorMessage"]):
    def visible_to(self, viewer: User) -> Self:
        return self.filter(case__in=VendorCase.objects.visible_to(viewer))


class VendorMessage(models.Model):
    """One word between us and a vendor: a mail, or a contact that somebody wrote down. Never changed.

    It is never a message on the ticket: neither does the requester read it, nor does it answer them.
    """

    class Direction(models.TextChoices):
        OUT = "out", pgettext_lazy("vendor contact", "To the vendor")
        IN = "in", pgettext_lazy("vendor contact", "From the vendor")

    class Channel(models.TextChoices):
        EMAIL = "email", pgettext_lazy("vendor contact", "E-mail")
        PHONE = "phone", pgettext_lazy("vendor contact", "Phone")
        PORTAL = "portal", pgettext_lazy("vendor contact", "Their portal")
        VISIT = "visit", pgettext_lazy("vendor contact", "Visit")
        CHAT = "chat", pgettext_lazy("vendor contact", "Chat")

    case_id: int
    author_id: int | None
    case = models.ForeignKey(VendorCase, on_delete=models.PROTECT, related_name="messages", db_index=False)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    channel = models.CharField(_("by way of"), max_length=6, choices=Channel.choices)
    # Who of us wrote it or wrote it down; nobody for a mail that came in.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # The address that a mail of ours went to, or that one of theirs came from.
    address = models.CharField(_("address"), max_length=320, blank=True)
    body = models.TextField(_("text"), max_length=TEXT_LENGTH)
    is_automatic = models.BooleanField(_("sent by a machine"), default=False)
    created_at = models.DateTimeField(_("written"))
    files = models.ManyToManyField(Attachment, related_name="+")
    mail = models.OneToOneField(IncomingMail, null=True, on_delete=models.PROTECT, related_name="vendor_message")

    objects = VendorMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message of a vendor case")
        verbose_name_plural = _("messages of vendor cases")
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="vendor_message_of_case")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(author__isnull=False) | models.Q(direction="in", channel="email"),
                name="vendor_message_has_author",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} #{self.pk}"

    @property
    def is_sent_mail(self) -> bool:
        """A mail of ours that went through the outbox, not something that somebody wrote down."""
        return self.direction == self.Direction.OUT and bool(self.address)

    def asked_facts(self) -> dict[str, Any]:
        """What was said, by whom, and what went along, for the trail's fingerprint."""
        return {
            "case": self.case_id,
            "direction": self.direction,
            "channel": self.channel,
            "by": self.author_id,
            "address": self.address,
            "body": self.body,
            "at": self.created_at,
            "files": [file.sha256 for file in self.files.order_by("pk")],
            "disclosed": [item.facts() for item in self.disclosures.order_by("pk")],
        }

    def answered_facts(self) -> dict[str, Any]:
        """Nothing answers a message as such."""
        return {}


class VendorDisclosure(models.Model):
    """Something of the ticket that went to a vendor along with a message: a file, or a field as it stood then."""

    message = models.ForeignKey(VendorMessage, on_delete=models.PROTECT, related_name="disclosures")
    field = models.CharField(_("field"), max_length=40, blank=True)
    text = models.TextField(_("text"), max_length=TEXT_LENGTH, blank=True)
    attachment = models.ForeignKey(Attachment, null=True, on_delete=models.PROTECT, related_name="+")
    is_personal = models.BooleanField(_("may hold personal data"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(attachment__isnull=False, field="", text=""))
                | (models.Q(attachment__isnull=True) & ~models.Q(field="")),
                name="vendor_disclosure_file_or_field",
            )
        ]

    def __str__(self) -> str:
        return self.field or f"file {self.attachment_id}"

    def facts(self) -> dict[str, Any]:
        sha256 = self.attachment.sha256 if self.attachment is not None else ""
        return {"field": self.field, "text": self.text, "file": sha256, "personal": self.is_personal}

    @property
    def label(self) -> str:
        """What went along, in words."""
        if self.attachment is not None:
            return self.attachment.name
        return str(LABELS[self.field])

    @property
    def worded(self) -> str:
        """The field as it stood, as people read it."""
        return worded_value(self.field, self.text)
