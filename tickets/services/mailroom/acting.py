"""Carrying out what the gate decided: through the same services that pages and the API use."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.services.contacts import create_contact
from helpdesk.common.errors import DomainError, InvalidInput, TooLarge
from helpdesk.common.unicode_forms import normal_form
from tickets.choices import Channel, MessageKind
from tickets.intake.gate import Step
from tickets.intake.reading import matter_of
from tickets.lifecycle import Command
from tickets.models import IncomingMail, Message, RequestKind, Ticket, TicketEvent
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.policies import can_manage_watchers
from tickets.services import conversation, create
from tickets.services.edit import add_watcher
from tickets.services.effects import REASON_LENGTH
from tickets.services.files import MAX_FILES, store_upload
from tickets.services.mailroom import bounces
from tickets.services.mailroom.judging import Case, own_addresses
from tickets.services.mailroom.marker import without_proofs
from tickets.services.notices import UNANSWERED
from tickets.services.vendors import answers

Outcome = IncomingMail.Outcome

ANSWER_AFTER = timedelta(hours=1)
MOST_WATCHERS = 10  # that one mail can add
# Nobody whom such a mail names besides learns of the ticket.
WITHOUT_READERS = (Step.KEEP, Step.VENDOR, Step.BOUNCE)
# What mail programs put before the subject of an answer.
ANSWERED = re.compile(
    r"^\s*(?:(?:re|aw|sv|回复|答复|回覆|答覆|轉寄|转发|fwd?|wg)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)


def carry_out(case: Case, *, at: datetime) -> None:
    """Do what was decided and note it on the mail's row, which the caller holds and saves.

    Must run in a transaction. Raises DomainError where the ticket has changed meanwhile.
    """
    mail = case.mail
    mail.reason = case.decision.reason
    mail.person, mail.verdict = case.person, case.verdict
    _STEPS[case.decision.step](case, at)
    if mail.outcome in (Outcome.CREATED, Outcome.APPENDED) and case.decision.step not in WITHOUT_READERS:
        _add_watchers(case, at)


def _create(case: Case, at: datetime) -> None:
    """A new ticket, in the name of whoever the mail says that it comes from."""
    person = _sender(case, at)
    files = _files(case, person, at)
    mail = case.mail
    team = mail.mailbox.team
    mail.ticket = create.submit_ticket(
        request=_request(case, files),
        requester=person,
        actor=person,
        channel=Channel.EMAIL,
        at=at,
        team=team if team is not None and not team.is_retired else None,
        facts=_facts(case, person, at),
    )
    mail.outcome, mail.person = Outcome.CREATED, person
    if case.decision.is_linked:
        mail.guessed_ticket = case.pointer.ticket


def _follow_up(case: Case, at: datetime) -> None:
    person, old = _known(case)
    files = _files(case, person, at)
    case.mail.ticket = create.follow_up(
        ticket_id=old.pk,
        request=_request(case, files),
        actor=person,
        channel=Channel.EMAIL,
        at=at,
        facts=_facts(case, person, at),
    )
    case.mail.outcome = Outcome.CREATED


def _answer(case: Case, at: datetime, then: Command | None = None) -> None:
    person, ticket = _known(case)
    files = _files(case, person, at)
    text = _text(case, case.new)
    message = conversation.post_message(
        ticket_id=ticket.pk,
        actor=person,
        body=text,
        at=at,
        kind=MessageKind.PUBLIC,
        channel=Channel.EMAIL,
        attachments=files,
        then=then,
        data={"reason": _cut(text, REASON_LENGTH)} if then is not None else None,
        facts=_origin(case),
    )
    _append(case, ticket, message)


def _not_solved(case: Case, at: datetime) -> None:
    _answer(case, at, Command.REJECT)


def _reopen(case: Case, at: datetime) -> None:
    _answer(case, at, Command.REOPEN)


def _keep(case: Case, at: datetime) -> None:
    """A note on the ticket for the desk, which nothing follows from."""
    ticket = case.pointer.ticket
    assert ticket is not None, "the gate keeps only what belongs to a ticket"
    note_on(case, ticket, why=case.decision.reason, at=at)


def note_on(case: Case, ticket: Ticket, *, why: str, at: datetime) -> None:
    """Put the mail on a ticket as a note; `why` is a code."""
    _append(case, ticket, _note(case, ticket, {"kept": case.finding.origin.value, "why": why}, at))


def _vendor(case: Case, at: datetime) -> None:
    """A word of a vendor on its case; not a message on the ticket."""
    mail, found = case.mail, case.vendor.case
    assert found is not None, "the gate lets only what shows a case's token here"
    answers.take_answer(
        case_id=found.pk,
        mail=mail,
        body=_text(case, case.new or case.letter.text),
        files=_files(case, None, at),
        is_automatic=not case.finding.is_for_the_desk,
        facts=_origin(case),
        at=at,
    )
    mail.outcome, mail.ticket = Outcome.APPENDED, found.ticket


def _bounce(case: Case, at: datetime) -> None:
    """Mark the address, and tell the desk on the ticket whose mail came back. Without proof that it was ours, nothing."""
    if _is_from_vendor(case, at):
        return
    returned = bounces.mark_returned(case.finding, case.letter, at=at)
    if returned is None:
        case.mail.outcome, case.mail.reason = Outcome.IGNORED, "bounce_of_nothing"
        return
    ticket = returned.ticket
    case.mail.person = returned.person
    if ticket is None or ticket.is_archived or returned.is_known:
        case.mail.outcome, case.mail.ticket = Outcome.IGNORED, ticket
        return
    _append(case, ticket, _note(case, ticket, returned.facts, at))


def _is_from_vendor(case: Case, at: datetime) -> bool:
    """A mail to a vendor came back: that is told on its case, and there is no person whose address to mark."""
    sent = bounces.sent_to_vendor(case.finding, case.letter)
    if sent is None:
        return False
    is_told = answers.note_returned(message_id=sent.payload["message"], row=sent, is_final=case.finding.is_final, at=at)
    case.mail.outcome = Outcome.APPENDED if is_told else Outcome.IGNORED
    case.mail.ticket = Ticket.objects.filter(vendor_cases=sent.subject_id).first()
    return True


def _note(case: Case, ticket: Ticket, facts: dict[str, Any], at: datetime) -> Message:
    return conversation.keep_mail(
        ticket_id=ticket.pk,
        sender=None if case.decision.step == Step.BOUNCE else case.author,
        body=_text(case, case.new or case.letter.text),
        facts={**facts, **_origin(case)},
        at=at,
    )


def _append(case: Case, ticket: Ticket, message: Message) -> None:
    case.mail.outcome, case.mail.ticket, case.mail.note = Outcome.APPENDED, ticket, message


def _hold(case: Case, at: datetime) -> None:
    case.mail.outcome, case.mail.ticket = Outcome.HELD, case.ticket


def _ignore(case: Case, at: datetime) -> None:
    case.mail.outcome = Outcome.IGNORED


_STEPS: dict[Step, Callable[[Case, datetime], None]] = {
    Step.CREATE: _create,
    Step.ANSWER: _answer,
    Step.NOT_SOLVED: _not_solved,
    Step.REOPEN: _reopen,
    Step.FOLLOW_UP: _follow_up,
    Step.KEEP: _keep,
    Step.VENDOR: _vendor,
    Step.BOUNCE: _bounce,
    Step.HOLD: _hold,
    Step.IGNORE: _ignore,
}


# --- Who ------------------------------------------------------------------------------------------------------------


def _known(case: Case) -> tuple[User, Ticket]:
    assert case.person is not None and case.pointer.ticket is not None, (
        "the gate lets only people on a ticket act on it"
    )
    return case.person, case.pointer.ticket


def _sender(case: Case, at: datetime) -> User:
    """The sender's row, held until the end, so that two of their mails can't both find that none was answered yet."""
    person = case.person
    if person is None:
        sender = case.letter.sender
        language = case.mail.mailbox.language or _language_of(case.letter.subject + case.letter.text)
        person = create_contact(full_name=_cut(sender.name, 120), email=sender.email, language=language, at=at)
    return User.objects.select_for_update(no_key=True, of=("self",)).select_related("department").get(pk=person.pk)


def _language_of(text: str) -> str:
    return "zh-hans" if any("\u4e00" <= sign <= "\u9fff" for sign in text) else "en"


def _add_watchers(case: Case, at: datetime) -> None:
    """Colleagues in Cc read along, if the sender is proved and may add them; nobody else's Cc grants anything (E3)."""
    ticket, person = case.mail.ticket, case.mail.person
    if not case.is_proved or ticket is None or person is None or not can_manage_watchers(person, ticket):
        return
    wanted = {address.email.lower() for address in (*case.letter.to, *case.letter.cc)} - own_addresses()
    known = User.objects.active().filter(email__in=wanted).exclude(pk__in=[person.pk, ticket.requester_id])
    for colleague in known.order_by("pk")[:MOST_WATCHERS]:
        try:
            add_watcher(ticket_id=ticket.pk, actor=person, person=colleague, at=at)
        except InvalidInput:
            continue  # Not somebody whom this sender may look up.


# --- What -----------------------------------------------------------------------------------------------------------


def _request(case: Case, files: list[str]) -> create.Request:
    """The whole text, quotes included: what was passed on to us is what it is about."""
    kind = RequestKind.objects.filter(is_retired=False).first()
    assert kind is not None, "the catalogue keeps one request kind on offer"
    category = case.mail.mailbox.category
    text = _text(case, case.letter.text)
    return create.Request(
        subject=_cut(ANSWERED.sub("", matter_of(case.letter)), SUBJECT_LENGTH) or _cut(text, 80),
        description=text,
        kind=kind,
        category=category if category is not None and not category.is_retired else None,
        attachments=files,
    )


def _text(case: Case, text: str) -> str:
    text = without_proofs(text)
    if not text.strip():
        text = _("(The mail has no text.)")
    return _cut(text, TEXT_LENGTH, multiline=True)


def _cut(text: str, length: int, *, multiline: bool = False) -> str:
    """Storable text of at most this length; what is cut off is in the original."""
    text = normal_form("NFC", text.encode("utf-8", "replace").decode().replace("\0", "")).strip()
    if not multiline:
        text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _files(case: Case, actor: User | None, at: datetime) -> list[str]:
    """Take over what came with the mail, in nobody's name where the sender has no account. What isn't accepted is named on the row, and stays in the original."""
    kept: list[str] = []
    for file in case.letter.files:
        try:
            if len(kept) >= MAX_FILES:
                raise TooLarge
            upload = SimpleUploadedFile(file.name, file.content, file.content_type)
            kept.append(str(store_upload(upload=upload, actor=actor, at=at).uuid))
        except DomainError:
            case.mail.left_out.append(_cut(file.name, 200))
    return kept


def _facts(case: Case, person: User, at: datetime) -> dict[str, Any]:
    """What the ticket's first event says about the mail, and whether it is answered."""
    unanswered = _why_unanswered(case, person, at)
    return {**_origin(case), UNANSWERED: unanswered} if unanswered else _origin(case)


def _origin(case: Case) -> dict[str, Any]:
    """Which mail it was, how far its sender is proved, and who of the desk answered for them."""
    origin: dict[str, Any] = {"mail": str(case.mail.uuid), "verdict": case.verdict.value}
    return {**origin, "vouched_by": case.voucher.pk} if case.voucher is not None else origin


def _why_unanswered(case: Case, person: User, at: datetime) -> str:
    if not case.may_be_answered:
        return case.finding.reason or "automatic"
    lately = TicketEvent.objects.filter(
        ticket__requester=person, ticket__channel=Channel.EMAIL, sequence=1, created_at__gt=at - ANSWER_AFTER
    )
    return "answered_lately" if lately.exclude(data__has_key=UNANSWERED).exists() else ""
