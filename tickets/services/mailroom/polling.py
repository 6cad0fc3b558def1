"""Fetching mail: stored and committed first, flagged on the server after, so that a crash in between loses nothing.

Which mails are new is told by their UIDs, not by the flag that anybody who looks into the mailbox changes. A mail that is
fetched twice all the same finds its row, so it makes one ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError
from django.db.models import Q

from tickets.intake.parts import LARGEST
from tickets.models import Mailbox, MailboxState
from tickets.services.mailroom import imap, oauth, storing
from tickets.services.mailroom.imap import Found, Refused, Session, Unreachable
from tickets.services.mailroom.mailboxes import connection_of, state_of, to_fetch
from tickets.services.mailroom.processing import process

log = structlog.get_logger(__name__)

# Short: two pollers at once do no harm, and after a crash nobody should wait.
LEASE = timedelta(seconds=10)
EVERY = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)
MOST_TRIES = 4  # at one mail at which the connection breaks
AT_ONCE = 20  # mails between two notes of how far we are


@dataclass
class Run:
    """What one run did. `has_more`: the time was over before the mails were."""

    fetched: int = 0
    has_more: bool = False
    failing: list[str] = field(default_factory=list)
    in_hand: int | None = None  # the mail that is being fetched, by its UID


def poll_all(*, clock: Callable[[], datetime], may_go_on: Callable[[], bool]) -> Run:
    """Fetch from every mailbox that is due and that nobody else has in hand."""
    run = Run()
    for mailbox in to_fetch():
        if not may_go_on():
            run.has_more = True
            break
        state = state_of(mailbox)
        if _lease(state, clock()):
            _poll(mailbox, state, clock, may_go_on, run)
    return run


def _lease(state: MailboxState, at: datetime) -> bool:
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=at)
    due = Q(next_poll_at=None) | Q(next_poll_at__lte=at)
    return bool(MailboxState.objects.filter(free, due, pk=state.pk).update(lease_expires_at=at + LEASE))


def _poll(
    mailbox: Mailbox, state: MailboxState, clock: Callable[[], datetime], may_go_on: Callable[[], bool], run: Run
) -> None:
    try:
        connection = connection_of(mailbox)
        with imap.opened(connection, token=oauth.access_token(mailbox)) as session:
            is_complete = _fetch(session, mailbox, state, clock, may_go_on, run)
            percent_full = session.percent_full()
    except Unreachable as problem:
        run.failing.append(mailbox.name)
        _note_failure(mailbox, state, problem, run.in_hand, clock())
        run.in_hand = None
        return
    run.has_more |= not is_complete
    _note_success(mailbox, state, clock(), is_complete=is_complete, percent_full=percent_full)


def _fetch(
    session: Session,
    mailbox: Mailbox,
    state: MailboxState,
    clock: Callable[[], datetime],
    may_go_on: Callable[[], bool],
    run: Run,
) -> bool:
    """Take over what is new. False if there was no time for all of it."""
    has_cursor = state.uid_validity == session.uid_validity
    # Without a cursor (a new mailbox, or one that was set up anew) what is unread is new.
    waiting = session.after(state.last_uid) if has_cursor else session.unseen()
    for start in range(0, len(waiting), AT_ONCE):
        if not may_go_on():
            return False
        batch = waiting[start : start + AT_ONCE]
        for found in batch:
            run.in_hand = found.uid
            if found.uid == state.stuck_uid and state.stuck_tries >= MOST_TRIES:
                _leave(session, mailbox, found, "the connection broke each time", clock)
            else:
                _take(session, mailbox, found, clock)
            run.in_hand = None
            run.fetched += 1
        session.mark_seen(found.uid for found in batch)
        changes = {"last_uid": batch[-1].uid} if has_cursor else {}
        MailboxState.objects.filter(pk=state.pk).update(lease_expires_at=clock() + LEASE, **changes)
    if not has_cursor:
        newest = max([session.uid_next - 1, *(found.uid for found in waiting)])
        MailboxState.objects.filter(pk=state.pk).update(uid_validity=session.uid_validity, last_uid=max(newest, 0))
    return True


def _take(session: Session, mailbox: Mailbox, found: Found, clock: Callable[[], datetime]) -> None:
    """Store a mail and take it up at once. Whatever is wrong with it keeps no other from its turn."""
    if found.size > LARGEST:
        head = session.fetch(found.uid, head_only=True) or b""
        storing.store_unfetched(head=head, size=found.size, mailbox=mailbox, reason="too_large", at=clock())
        return
    try:
        raw = session.fetch(found.uid)
    except Refused as refusal:
        _leave(session, mailbox, found, str(refusal), clock)
        return
    if raw is None:
        return
    try:
        mail, is_new = storing.store(raw=raw, mailbox=mailbox, at=clock())
    except (OSError, OperationalError):
        raise  # no room, no database: not the mail's fault, so it is asked for again
    except Exception:
        log.exception("mail_unstorable", mailbox=mailbox.name, uid=found.uid)
        head = f"UID {session.uid_validity}/{found.uid}".encode()
        storing.store_unfetched(head=head, size=found.size, mailbox=mailbox, reason="unstorable", at=clock())
        return
    if is_new:
        process(mail.pk, at=clock())


def _leave(session: Session, mailbox: Mailbox, found: Found, why: str, clock: Callable[[], datetime]) -> None:
    """Go on without a mail that can't be had, and say so; it stays on the server."""
    head = f"UID {session.uid_validity}/{found.uid}: {why}".encode()
    storing.store_unfetched(head=head, size=found.size, mailbox=mailbox, reason="unfetchable", at=clock())


def _note_success(
    mailbox: Mailbox, state: MailboxState, at: datetime, *, is_complete: bool, percent_full: int | None
) -> None:
    if state.failing_since is not None:
        log.info("mailbox_recovered", mailbox=mailbox.name, failing_since=state.failing_since.isoformat())
    was_nearly_full, state.percent_full = state.is_nearly_full, percent_full
    if state.is_nearly_full and not was_nearly_full:
        log.error("mailbox_nearly_full", mailbox=mailbox.name, percent=percent_full)
    MailboxState.objects.filter(pk=state.pk).update(
        percent_full=percent_full,
        lease_expires_at=None,
        next_poll_at=at + EVERY if is_complete else None,
        last_poll_at=at,
        last_success_at=at,
        failing_since=None,
        failures=0,
        last_error="",
        stuck_uid=None,
        stuck_tries=0,
    )


def _note_failure(mailbox: Mailbox, state: MailboxState, problem: Unreachable, uid: int | None, at: datetime) -> None:
    """Said once in the log; the pause doubles, up to five minutes."""
    if state.failing_since is None or state.last_error.partition(":")[0] != problem.code:
        log.error("mailbox_failing", mailbox=mailbox.name, code=problem.code, detail=problem.detail)
    pause = min(EVERY * 2 ** min(state.failures, 10), LONGEST_PAUSE)
    again = uid is not None and uid == state.stuck_uid
    MailboxState.objects.filter(pk=state.pk).update(
        stuck_uid=uid,
        stuck_tries=state.stuck_tries + 1 if again else int(uid is not None),
        lease_expires_at=None,
        next_poll_at=at + pause,
        last_poll_at=at,
        failing_since=state.failing_since or at,
        failures=state.failures + 1,
        last_error=str(problem)[:300],
    )
