"""Public messages and internal notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from helpdesk.common.text import clean_text
from tickets.chain import text_digest
from tickets.choices import Act as ActCode
from tickets.choices import Channel, MessageKind
from tickets.lifecycle import FINAL, Command
from tickets.models import Message, Ticket
from tickets.models.ticket import TEXT_LENGTH
from tickets.policies import can_work_on, can_write_notes, can_write_publicly
from tickets.services import drafts, effects
from tickets.services.calls import Call, checked, facts_of, keep_call
from tickets.services.engine import CommandInput, apply_command
from tickets.services.files import attach
from tickets.services.recording import Act, open_for_change, record, snapshot

# What the clock did by itself changes nothing about what somebody is about to say.
NOTHING_TO_READ = (
    ActCode.TARGET_MISSED,
    ActCode.REMINDED,
    ActCode.PROMISE_MADE,
    ActCode.PROMISE_PASSED,
    ActCode.ACTION_REMINDED,
)


@transaction.atomic
def post_message(
    *,
    ticket_id: int,
    actor: User,
    body: str,
    at: datetime,
    kind: MessageKind | str = MessageKind.INTERNAL,
    channel: Channel | str = Channel.PORTAL,
    version: int | None = None,
    attachments: Sequence[str] = (),
    then: Command | None = None,
    data: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    call: Call | None = None,
    ends_draft: bool = True,
) -> Message:
    """Write a message; with `then` carry out a command in the same act ("send and wait for user").

    `facts` are what else the event tells, as codes.

    `version` is what the writer had seen: if others wrote since, StaleVersion is raised and nothing is lost,
    because the text stays with its writer. A requester's public message ends waiting for the user. `call` says that the
    desk wrote down what was said on the phone. `ends_draft`: what its writer was typing is sent with it.
    Raises NotVisible, NotAllowed, Conflict (`closed`, `archived`), StaleVersion, InvalidInput.
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    _check_allowed(ticket, actor, kind, then)
    if version is not None and others_acted_since(ticket, actor, version):
        raise StaleVersion(extra={"version": ticket.version})
    if call is not None:
        if not can_write_notes(actor, ticket):
            raise NotAllowed(_("Internal notes are for support staff."))
        call = checked(call, at=at)
    text = clean_text(body, field="body", max_length=TEXT_LENGTH)
    if not text:
        raise InvalidInput(fields={"body": [_("Write something first.")]})
    is_from_desk = can_work_on(actor, ticket) and actor.pk != ticket.requester_id
    message = Message.objects.create(
        ticket=ticket, kind=kind, author=actor, is_from_desk=is_from_desk, channel=channel, body=text, created_at=at
    )
    files = attach(attachments, ticket=ticket, message=message, actor=actor)
    if kind == MessageKind.PUBLIC and is_from_desk and ticket.first_response_at is None:
        ticket.first_response_at = at
    told = {
        **(facts or {}),
        "text_sha256": text_digest(message.body),
        "files": [file.sha256 for file in files],
        **facts_of(call),
    }
    if then is not None:
        given = CommandInput(data or {}, message, channel, told)
        apply_command(ticket, command=then, actor=actor, at=at, given=given)
    else:
        _record(ticket, message, told)
    if call is not None:
        keep_call(call, ticket=ticket, event=ticket.events.get(sequence=ticket.version), taken_by=actor)
    if ends_draft:
        drafts.discard(user=actor, ticket=ticket, mode="reply" if kind == MessageKind.PUBLIC else "note")
    return message


def others_acted_since(ticket: Ticket, actor: User, version: int) -> bool:
    """True when somebody else changed the ticket after `version`; one's own later acts are no conflict."""
    if version >= ticket.version:
        return False
    others = ticket.events.filter(sequence__gt=version).exclude(actor=actor)
    return others.exclude(code__in=NOTHING_TO_READ).exists()


@transaction.atomic
def keep_mail(*, ticket_id: int, sender: User | None, body: str, facts: Mapping[str, Any], at: datetime) -> Message:
    """Note a mail that acts on nothing: an absence note, a bounce, thanks for a closed ticket.

    Nobody has acted, so nothing is answered, reopened or stopped; `facts` say what it was. `sender` is None where they
    have no account. Raises NotVisible or Conflict (`archived`).
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=None, version=None)
    message = Message.objects.create(
        ticket=ticket,
        kind=MessageKind.INTERNAL,
        author=sender,
        channel=Channel.EMAIL,
        body=clean_text(body, field="body", max_length=TEXT_LENGTH),
        created_at=at,
    )
    told = {**facts, "text_sha256": text_digest(message.body)}
    act = Act(code=ActCode.MAIL_KEPT, actor=None, at=at, channel=Channel.EMAIL, message=message, facts=told)
    record(ticket, act, before=snapshot(ticket), is_untouched=True)
    return message


def _check_allowed(ticket: Ticket, actor: User, kind: MessageKind | str, then: Command | None) -> None:
    if kind == MessageKind.INTERNAL and not can_write_notes(actor, ticket):
        raise NotAllowed(_("Internal notes are for support staff."))
    if kind == MessageKind.PUBLIC and not can_write_publicly(actor, ticket):
        raise NotAllowed(_("This ticket belongs to another team. You can leave an internal note."))
    if kind == MessageKind.PUBLIC and ticket.status in FINAL and then != Command.REOPEN:
        raise Conflict(_("This ticket is closed. Reopen it or create a follow-up ticket."), code="closed")


def _record(ticket: Ticket, message: Message, facts: dict[str, Any]) -> None:
    before = snapshot(ticket)
    is_public = message.kind == MessageKind.PUBLIC
    if is_public and message.author_id == ticket.requester_id:
        effects.stop_waiting_for_user(ticket)
    record(
        ticket,
        Act(
            code=ActCode.REPLIED if is_public else ActCode.NOTED,
            actor=message.author,
            at=message.created_at,
            channel=message.channel,
            message=message,
            is_public=is_public,
            facts=facts,
        ),
        before=before,
    )
