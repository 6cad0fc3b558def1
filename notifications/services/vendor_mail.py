"""Mails to vendors, who have no account here: the words of the liaison, what was chosen to go along, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from helpdesk.common.file_store import open_bytes
from helpdesk.common.models import OutboxMessage
from notifications.services import mail
from notifications.services.letterhead import Letterhead
from notifications.services.outcomes import Refused
from tickets.models import VendorDisclosure, VendorMessage
from tickets.services.mailroom import vendors
from tickets.services.vendors.speaking import SUBJECT_TYPE

__all__ = ["SUBJECT_TYPE", "compose"]

TEMPLATE = "to_vendor"
MOST_REFERENCES = 5


def compose(row: OutboxMessage, head: Letterhead) -> EmailMultiAlternatives:
    """The finished mail. Subject and text come from the case and the message, what goes along from the disclosures.

    Raises Refused where the message or one of its files is missing.
    """
    message = _message(row)
    case = message.case
    answer_to = vendors.answer_address(head.mailboxes, case)
    with translation.override(case.vendor.language):
        facts = {
            "subject": case.subject,
            "reference": case.reference,
            "body": message.body,
            "author": message.author.get_full_name() if message.author is not None else "",
            "details": [(item.label, item.worded) for item in message.disclosures.all() if item.field],
            **mail.desk_facts(head.desk),
        }
        letter = mail.plain(TEMPLATE, facts, to=message.address, headers=_headers(row, message, answer_to))
    for item in message.disclosures.all():
        if item.attachment is not None:
            letter.attach(item.attachment.name, _content(item), item.attachment.content_type)
    return letter


def _message(row: OutboxMessage) -> VendorMessage:
    rows = VendorMessage.objects.select_related("case__vendor", "case__ticket", "author")
    message = rows.prefetch_related("disclosures__attachment").filter(pk=row.payload.get("message")).first()
    if message is None or not message.is_sent_mail:
        raise Refused("the message is missing")
    return message


def _headers(row: OutboxMessage, message: VendorMessage, answer_to: str) -> dict[str, str]:
    """All derived from the row, so that a repeat carries the same ids. The first reference is the case's proof."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    theirs = VendorMessage.objects.filter(case=message.case, pk__lt=message.pk, mail__isnull=False)
    ids = theirs.exclude(mail__message_id="").order_by("-pk").values_list("mail__message_id", flat=True)
    references = [f"<{vendors.token(message.case)}@{host}>", *list(ids[:MOST_REFERENCES])[::-1]]
    headers = {
        "Message-ID": f"<{row.uuid}@{host}>",
        "X-Event-Id": str(row.uuid),
        "References": " ".join(references),
        "In-Reply-To": references[-1],
    }
    return {**headers, "Reply-To": answer_to} if answer_to else headers


def _content(item: VendorDisclosure) -> bytes:
    assert item.attachment is not None
    try:
        with open_bytes(item.attachment.storage_key) as file:
            return file.read()
    except FileNotFoundError:
        raise Refused("the content of a file is missing") from None
