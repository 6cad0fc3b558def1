"""What is the same for all mails of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notifications.models import MailText
from tickets.models import DeskSettings, Mailbox
from tickets.services.mailroom.threads import answered_mailboxes


@dataclass(frozen=True)
class Letterhead:
    """Who writes, in which words, and which mailboxes answers may go to. `texts` are by key.

    Read once for a run: what is changed meanwhile holds from the next one on.
    """

    desk: DeskSettings
    texts: Mapping[str, MailText]
    mailboxes: Sequence[Mailbox]

    @classmethod
    def current(cls) -> Letterhead:
        texts = {row.key: row for row in MailText.objects.all()}
        return cls(DeskSettings.current(), texts, answered_mailboxes())
