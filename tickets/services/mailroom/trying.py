"""Trying a mailbox out before it is relied on."""

from __future__ import annotations

from dataclasses import dataclass

from tickets.models import Mailbox
from tickets.services.mailroom import imap, oauth
from tickets.services.mailroom.mailboxes import connection_of


@dataclass(frozen=True)
class Trial:
    """How many unread mails lie in the folder; nothing is fetched or marked."""

    unread: int


def try_mailbox(mailbox: Mailbox) -> Trial:
    """Sign in and look. Raises Unreachable, and ValueError where MAILBOX_URL isn't set."""
    connection = connection_of(mailbox)
    with imap.opened(connection, token=oauth.access_token(mailbox)) as session:
        return Trial(unread=len(session.unseen()))
