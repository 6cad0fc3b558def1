"""Taking up the mails that are stored, each once, whoever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.utils import translation

from helpdesk.accounts.models import User
from helpdesk.accounts.services.contacts import person_at
from helpdesk.common.errors import DomainError
from helpdesk.common.file_store import open_bytes
from helpdesk.common.locking import lock_row
from tickets.intake.authentication import Verdict
from tickets.intake.reading import Letter, Unreadable, read
from tickets.models import IncomingMail
from tickets.services.mailroom.acting import carry_out
from tickets.services.mailroom.judging import Case, judge
from tickets.services.mailroom.threads import pointer_of
from tickets.services.mailroom.vendors import vendor_pointer_of

log = structlog.get_logger(__name__)

Outcome = IncomingMail.Outcome

TAKEN_UP = (Outcome.STORED, Outcome.CREATED, Outcome.APPENDED, Outcome.HELD)
LEASE = timedelta(seconds=60)  # reading may take five
MAX_ATTEMPTS = 3


def process_waiting(*, clock: Callable[[], datetime], may_go_on: Callable[[], bool]) -> int:
    """Take up what is stored and nobody has in hand, the oldest first. Returns how many were finished."""
    done = 0
    while may_go_on():
        at = clock()
        free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=at)
        due = IncomingMail.objects.filter(free, outcome=Outcome.STORED).order_by("stored_at", "pk")
        mail_ids = list(due.values_list("pk", flat=True)[:20])
        if not mail_ids:
            break
        for mail_id in mail_ids:
            done += process(mail_id, at=clock()).outcome != Outcome.STORED
            if not may_go_on():
                break
    return done


def process(mail_id: int, *, at: datetime) -> IncomingMail:
    """Read, judge and carry out one mail. Whatever is wrong with it stays with it, and is shown to people.

    The attempt counts before the work: a mail that kills whoever reads it ends in quarantine.
    """
    if not _claim(mail_id, at):
        return IncomingMail.objects.get(pk=mail_id)
    mail = IncomingMail.objects.select_related("mailbox__team", "mailbox__category").get(pk=mail_id)
    if mail.attempts > MAX_ATTEMPTS:
        return _finish(mail, Outcome.QUARANTINED, "failed", at=at)
    try:
        letter = _letter(mail)
    except Unreadable as error:
        return _finish(mail, Outcome.QUARANTINED, error.reason, at=at)
    try:
        return _carry_out(mail, letter, at=at)
    except DomainError as error:
        # The ticket has changed meanwhile, or says no for a reason of its own: people decide.
        return _finish(mail, Outcome.HELD, f"refused_{error.code}", at=at, letter=letter)
    except OperationalError:
        raise  # the database's trouble, not the mail's; its next turn comes when the lease is over
    except Exception:
        log.exception("mail_failed", mail=str(mail.uuid), attempt=mail.attempts)
        return _give_back(mail)


def _claim(mail_id: int, at: datetime) -> bool:
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=at)
    mine = IncomingMail.objects.filter(free, pk=mail_id, outcome=Outcome.STORED)
    return bool(mine.update(attempts=F("attempts") + 1, lease_expires_at=at + LEASE))


def _letter(mail: IncomingMail) -> Letter:
    try:
        with open_bytes(mail.storage_key) as file:
            return read(file.read())
    except FileNotFoundError:
        raise Unreadable("lost") from None


@transaction.atomic
def _carry_out(mail: IncomingMail, letter: Letter, *, at: datetime) -> IncomingMail:
    locked = lock_row(IncomingMail.objects.all(), pk=mail.pk)
    if locked.outcome != Outcome.STORED or locked.attempts != mail.attempts:
        return locked  # Our lease ran out and somebody else has taken it.
    _describe(mail, letter)
    # One that nothing came of, because its mailbox refuses strangers, takes nothing away from this one.
    older = IncomingMail.objects.filter(
        message_id=mail.message_id, content_sha256=mail.content_sha256, pk__lt=mail.pk, outcome__in=TAKEN_UP
    )
    first = older.order_by("pk").first()
    if first is not None:
        mail.outcome, mail.reason, mail.ticket = Outcome.DUPLICATE, "came_before", first.ticket
    else:
        case = judge(mail, letter, at=at)
        in_their_language(case, partial(carry_out, case, at=at))
        _hear_again(case)
    _save(mail, at=at)
    return mail


def in_their_language(case: Case, act: Callable[[], None]) -> None:
    """Act so that sentences which are stored are in the language of whoever wrote."""
    language = (case.person.language if case.person else "") or case.mail.mailbox.language
    with translation.override(language or settings.LANGUAGE_CODE):
        act()


def _hear_again(case: Case) -> None:
    """Whoever writes from an address can be written to."""
    is_heard = case.finding.is_for_the_desk and case.verdict != Verdict.FAILED
    if is_heard and case.person is not None and case.person.email_bounced_at is not None:
        User.objects.filter(pk=case.person.pk).update(email_bounced_at=None)


def _describe(mail: IncomingMail, letter: Letter) -> None:
    mail.sender_email = letter.sender.email.lower()[:320]
    mail.sender_name = letter.sender.name[:200]
    mail.subject = letter.subject[:300]


def _finish(
    mail: IncomingMail, outcome: Outcome, reason: str, *, at: datetime, letter: Letter | None = None
) -> IncomingMail:
    if letter is not None:
        _describe(mail, letter)
    mail.outcome, mail.reason = outcome, reason[:60]
    mail.person = mail.ticket = mail.note = mail.guessed_ticket = None
    mail.left_out = []
    if letter is not None:
        # Still the business of those who see the ticket that it is about, and of nobody else.
        vendor = vendor_pointer_of(letter).case
        mail.ticket = vendor.ticket if vendor is not None else pointer_of(letter).ticket
        mail.person = person_at(letter.sender.email)
    _save(mail, at=at)
    return mail


def _save(mail: IncomingMail, *, at: datetime) -> None:
    mail.handled_at, mail.lease_expires_at = at, None
    mail.save()
    log.info("mail_taken", mail=str(mail.uuid), outcome=mail.outcome, reason=mail.reason, mailbox=mail.mailbox_id)


def _give_back(mail: IncomingMail) -> IncomingMail:
    IncomingMail.objects.filter(pk=mail.pk, attempts=mail.attempts, outcome=Outcome.STORED).update(
        lease_expires_at=None
    )
    mail.refresh_from_db()
    return mail
