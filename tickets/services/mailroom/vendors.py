"""Threads with vendors: our mails about a case carry its own token, and only the vendor's answers land on it (ADR 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.common.models import OutboxMessage
from tickets.intake.gate import FromVendor
from tickets.intake.reading import Letter
from tickets.intake.tokens import vendor_claim_in, vendor_token_for
from tickets.models import Mailbox, VendorCase
from tickets.services.mailroom.threads import keys, our_ids_in, recipients
from tickets.services.vendors.speaking import SUBJECT_TYPE


@dataclass(frozen=True)
class VendorPointer:
    """Which case a mail points at, and how well that is proved. `case` may be None for a token that we never gave."""

    found: FromVendor = FromVendor.NONE
    case: VendorCase | None = None


def token(case: VendorCase) -> str:
    """What a mail about this case carries, so that the answer finds its way."""
    return vendor_token_for(case_id=case.pk, key=keys()[0])


def answer_address(boxes: Sequence[Mailbox], case: VendorCase) -> str:
    """Where the vendor's answer goes: the mailbox of the ticket's team, else the first; empty where there is none."""
    if not boxes:
        return ""
    team_id = case.ticket.team_id
    box = min(boxes, key=lambda box: box.team_id is None or box.team_id != team_id)
    name, _at, domain = box.address.rpartition("@")
    return f"{name}+{token(case)}@{domain}" if box.has_subaddresses else box.address


def vendor_pointer_of(letter: Letter) -> VendorPointer:
    """The case that a mail answers, if any."""
    claim = vendor_claim_in([*recipients(letter), *letter.references], keys=keys())
    case = _case(claim.case_id) if claim is not None and claim.is_genuine else None
    if case is None:
        known = _by_known_id(letter)
        is_unproved = claim is not None or known is not None
        return VendorPointer(FromVendor.UNPROVED if is_unproved else FromVendor.NONE, known)
    if case.ticket.is_archived:
        return VendorPointer(FromVendor.SEALED, case)
    return VendorPointer(FromVendor.PROVED if _is_theirs(case, letter) else FromVendor.OTHER_SENDER, case)


def _is_theirs(case: VendorCase, letter: Letter) -> bool:
    """The sender's address is the vendor's own, one of its contacts', or of its domain."""
    vendor, sender = case.vendor, letter.sender.email.lower()
    known = {address.lower() for address in vendor.contacts.values_list("email", flat=True)} | {vendor.email.lower()}
    return sender in known - {""} or (bool(vendor.mail_domain) and sender.rpartition("@")[2] == vendor.mail_domain)


def _by_known_id(letter: Letter) -> VendorCase | None:
    """By the Message-ID of a mail that we sent about a case. It proves nothing: quotes and lists show it around."""
    sent = OutboxMessage.objects.filter(uuid__in=our_ids_in(" ".join(letter.references)), subject_type=SUBJECT_TYPE)
    case_id = sent.order_by("-pk").values_list("subject_id", flat=True).first()
    return _case(case_id) if case_id is not None else None


def _case(case_id: int) -> VendorCase | None:
    return VendorCase.objects.filter(pk=case_id).select_related("vendor", "ticket__team").first()
