"""Keeping a mail before anything is done with it. Once this has committed, the mail server may forget it."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from functools import partial

from django.db import transaction

from helpdesk.common.file_store import discard_bytes, keep_bytes
from tickets.intake.fingerprint import fingerprint
from tickets.models import IncomingMail, Mailbox

Outcome = IncomingMail.Outcome

HEAD = 64 * 1024  # bytes of a mail that stays where it is: enough to see who wrote what about


def store(*, raw: bytes, mailbox: Mailbox, at: datetime) -> tuple[IncomingMail, bool]:
    """The row of this mail, and whether it is new: the same mail in the same mailbox has one (E11)."""
    message_id, digest = fingerprint(raw)
    known = _known(mailbox, message_id, digest)
    if known is not None:
        return known, False
    key, _sha256, size = keep_bytes(io.BytesIO(raw))
    return _row(mailbox, message_id, digest, key=key, size=size, at=at)


def store_unfetched(
    *, head: bytes, size: int, mailbox: Mailbox, reason: str, at: datetime
) -> tuple[IncomingMail, bool]:
    """The row of a mail that stays on the server, because it is too large or the server doesn't give it out."""
    head = head[:HEAD]
    message_id, _digest = fingerprint(head)
    digest = hashlib.sha256(f"{size}\n".encode() + head).hexdigest()
    known = _known(mailbox, message_id, digest)
    if known is not None:
        return known, False
    return _row(mailbox, message_id, digest, key="", size=size, at=at, outcome=Outcome.QUARANTINED, reason=reason)


def _known(mailbox: Mailbox, message_id: str, digest: str) -> IncomingMail | None:
    return IncomingMail.objects.filter(mailbox=mailbox, message_id=message_id, content_sha256=digest).first()


def _row(
    mailbox: Mailbox,
    message_id: str,
    digest: str,
    *,
    key: str,
    size: int,
    at: datetime,
    outcome: Outcome = Outcome.STORED,
    reason: str = "",
) -> tuple[IncomingMail, bool]:
    with transaction.atomic():
        mail, is_new = IncomingMail.objects.get_or_create(
            mailbox=mailbox,
            message_id=message_id,
            content_sha256=digest,
            defaults={"storage_key": key, "size": size, "stored_at": at, "outcome": outcome, "reason": reason},
        )
        if not is_new and key:
            # Two pollers had it in hand; the other one's bytes are kept.
            transaction.on_commit(partial(discard_bytes, key))
    return mail, is_new
