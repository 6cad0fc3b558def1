"""What makes a mail part of a conversation: its ids, where an answer goes, and that no machine shall answer it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from notifications.services.letterhead import Letterhead
from tickets.models import Ticket
from tickets.services.mailroom import threads
from tickets.services.notices import RECEIPTS


@dataclass(frozen=True)
class MailThread:
    """The headers of one mail. `answer_to` is empty where nobody would read an answer."""

    headers: dict[str, str]
    answer_to: str = ""


def thread_of(row: OutboxMessage, ticket: Ticket | None, head: Letterhead) -> MailThread:
    """All derived from the row, so that a repeat carries the same ids. Answers go to one of the letterhead's mailboxes."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{row.uuid}@{host}>",
        "X-Event-Id": str(row.uuid),
        "List-Id": f"IT help desk <tickets.{host}>",
        # RFC 3834 and Exchange: out-of-office answers must not come back.
        "Auto-Submitted": "auto-replied" if row.topic in RECEIPTS else "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    person = row.recipient
    if ticket is None or person is None:
        return MailThread(headers)
    return _of_ticket(headers, host, ticket, person, head)


def _of_ticket(headers: dict[str, str], host: str, ticket: Ticket, person: User, head: Letterhead) -> MailThread:
    # The first id is the same in all mails to this person about this ticket. Mail programs put them together by it, and
    # repeat it when they answer, which proves that the answer comes from somebody who has got one.
    ids = [f"<{threads.token(ticket=ticket, person=person)}@{host}>", *threads.ids_of_mails_from(person, ticket)]
    headers |= {"References": " ".join(ids), "In-Reply-To": ids[-1]}
    answer_to = threads.answer_address(head.mailboxes, ticket=ticket, person=person)
    if answer_to:
        headers["Reply-To"] = answer_to
    return MailThread(headers, answer_to)
