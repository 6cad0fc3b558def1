"""Looking up what the gate wants to know about a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db.models import Q

from helpdesk.accounts.models import User
from helpdesk.accounts.services.contacts import person_at
from tickets.intake.authentication import Verdict, verdict_of
from tickets.intake.automatic import finding_of
from tickets.intake.gate import (
    Decision,
    Facts,
    FromMachines,
    FromStrangers,
    Nature,
    Sender,
    Standing,
    Thread,
    decide,
    vouched,
)
from tickets.intake.quoting import split
from tickets.intake.reading import Letter
from tickets.intake.signs import Finding, Origin
from tickets.intake.thanks import is_mere_thanks
from tickets.lifecycle import FINAL, Status
from tickets.models import DeskSettings, IncomingMail, Mailbox, Ticket
from tickets.policies import can_write_publicly, is_of_the_desk, is_requester
from tickets.services.mailroom.marker import MARKER
from tickets.services.mailroom.threads import Pointer, pointer_of
from tickets.services.mailroom.vendors import VendorPointer, vendor_pointer_of
from tickets.timing import reopen_until

ON_TICKET_A_DAY = 200


@dataclass(frozen=True)
class Case:
    """A mail with everything known about it, and what is to become of it. `new` is its text without quotes."""

    mail: IncomingMail
    letter: Letter
    finding: Finding
    verdict: Verdict
    person: User | None
    pointer: Pointer
    vendor: VendorPointer
    new: str
    decision: Decision
    voucher: User | None = None

    @property
    def is_proved(self) -> bool:
        """The sender is who they say: nobody else's word is taken for whom a mail names besides."""
        return self.verdict == Verdict.VERIFIED or _is_own_token(self.person, self.pointer)

    @property
    def author(self) -> User | None:
        """Who wrote it, as far as that is proved; staff only by our mail server's word."""
        is_staff = _sender(self.person) == Sender.STAFF
        is_known = self.verdict == Verdict.VERIFIED if is_staff else self.is_proved
        return self.person if is_known or self.voucher is not None else None

    @property
    def ticket(self) -> Ticket | None:
        """The ticket that it is about, directly or by a vendor's case."""
        return self.vendor.case.ticket if self.vendor.case is not None else self.pointer.ticket

    @property
    def may_be_answered(self) -> bool:
        return self.finding.may_be_answered


def judge(mail: IncomingMail, letter: Letter, *, at: datetime, voucher: User | None = None) -> Case:
    """What is to become of this mail, by the facts as they are now. `voucher` answers for its sender."""
    mailbox = mail.mailbox
    finding = finding_of(letter.message)
    verdict = verdict_of(letter.message, sender=letter.sender.email, trusted=mailbox.authserv_id)
    person = person_at(letter.sender.email)
    pointer = pointer_of(letter)
    vendor = vendor_pointer_of(letter)
    ticket = vendor.case.ticket if vendor.case is not None else pointer.ticket
    new = split(letter.text, marker=MARKER).new.strip()
    facts = Facts(
        nature=_nature(letter, finding),
        nature_reason=finding.reason or "own_mail",
        sender=_sender(person),
        verdict=verdict,
        thread=pointer.thread,
        vendor=vendor.found,
        is_own_token=_is_own_token(person, pointer),
        is_on_ticket=_is_on(person, ticket),
        is_requester=person is not None and ticket is not None and is_requester(person, ticket),
        standing=_standing(ticket, at) if ticket is not None else Standing.OPEN,
        is_mere_thanks=is_mere_thanks(new, names=(letter.sender.name,)) and not letter.files,
        may_reopen=finding.may_be_answered,
        strangers=FromStrangers(mailbox.strangers),
        machines=FromMachines(mailbox.machines),
        is_over_sender_limit=_is_over_sender_limit(mail, letter, at),
        is_over_ticket_limit=ticket is not None and _is_over_ticket_limit(ticket, at),
    )
    decision = decide(vouched(facts) if voucher is not None else facts)
    return Case(mail, letter, finding, verdict, person, pointer, vendor, new, decision, voucher)


def own_addresses() -> set[str]:
    """Every address that mails of this desk come from, in small letters."""
    ours = {address.lower() for address in Mailbox.objects.values_list("address", flat=True)}
    return ours | {parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()}


def _without_suffix(email: str) -> str:
    """The address without +anything, which leads to the same mailbox."""
    local, _at, domain = email.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _is_own_token(person: User | None, pointer: Pointer) -> bool:
    return person is not None and pointer.thread == Thread.TOKEN and pointer.person_id == person.pk


def _nature(letter: Letter, finding: Finding) -> Nature:
    if finding.origin == Origin.BOUNCE:
        return Nature.BOUNCE
    if finding.origin == Origin.FEEDBACK:
        return Nature.FEEDBACK
    if _without_suffix(letter.sender.email.lower()) in own_addresses():
        return Nature.OWN
    return Nature.PERSONAL if finding.is_for_the_desk else Nature.AUTOMATIC


def _sender(person: User | None) -> Sender:
    if person is None:
        return Sender.UNKNOWN
    if not person.is_active:
        return Sender.INACTIVE
    return Sender.STAFF if is_of_the_desk(person) else Sender.REQUESTER


def _is_on(person: User | None, ticket: Ticket | None) -> bool:
    """Whether this person may write publicly on the ticket, from whatever door."""
    if person is None or ticket is None or not person.is_active:
        return False
    return Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists() and can_write_publicly(person, ticket)


def _standing(ticket: Ticket, at: datetime) -> Standing:
    if ticket.is_archived:
        return Standing.SEALED
    if ticket.status == Status.RESOLVED:
        return Standing.RESOLVED
    if ticket.status not in FINAL:
        return Standing.OPEN
    is_closed = ticket.status == Status.CLOSED and ticket.closed_at is not None
    if is_closed and ticket.closed_at and at < reopen_until(ticket.closed_at, DeskSettings.current().terms):
        return Standing.REOPENABLE
    return Standing.OVER


def _is_over_sender_limit(mail: IncomingMail, letter: Letter, at: datetime) -> bool:
    lately = IncomingMail.objects.filter(
        sender_email=letter.sender.email.lower(), stored_at__gt=at - timedelta(hours=1)
    ).exclude(Q(pk=mail.pk) | Q(verdict=Verdict.FAILED))  # what others forge uses nobody's limit up
    return lately[: mail.mailbox.hourly_limit].count() >= mail.mailbox.hourly_limit


def _is_over_ticket_limit(ticket: Ticket, at: datetime) -> bool:
    taken = IncomingMail.objects.filter(
        ticket=ticket, outcome=IncomingMail.Outcome.APPENDED, handled_at__gt=at - timedelta(days=1)
    )
    return taken[:ON_TICKET_A_DAY].count() >= ON_TICKET_A_DAY
