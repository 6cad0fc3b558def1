"""Remote sessions on the requester's device: begun only with a valid consent, ended by hand or by themselves (M3.3.1-1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.consent import REMOTE
from tickets.matters import recount
from tickets.models import Consent, RemoteSession, Ticket
from tickets.models.asking import WORDS_LENGTH
from tickets.policies import can_work_on
from tickets.services.agreements.asking import open_to_ask
from tickets.services.recording import Act, open_for_change, record, snapshot

SHORT = 80


@transaction.atomic
def start_session(*, ticket_id: int, scope: str, tool: str, device: str, actor: User, at: datetime) -> RemoteSession:
    """Go on the requester's device. Raises NotVisible, NotAllowed, Conflict (`no_consent`, `session_running`, no longer
    worked on) or InvalidInput."""
    ticket = open_to_ask(ticket_id=ticket_id, actor=actor)
    words = {
        "tool": clean_text(tool, field="tool", max_length=SHORT),
        "device": clean_text(device, field="device", max_length=120),
    }
    errors = {}
    if not words["tool"]:
        errors["tool"] = [_("Name the tool that you use.")]
    if not words["device"]:
        errors["device"] = [_("Name the device.")]
    if scope not in REMOTE:
        errors["scope"] = [_("Choose one of the answers.")]
    if errors:
        raise InvalidInput(fields=errors)
    consent = consent_for(ticket, scope, at)
    if consent is None:
        raise Conflict(
            _("The requester hasn't allowed this, or it doesn't hold any more. Ask for consent first."),
            code="no_consent",
        )
    if RemoteSession.objects.filter(ticket=ticket, ended_at=None).exists():
        raise Conflict(_("A session is running already. End it first."), code="session_running")
    before = snapshot(ticket)
    row = RemoteSession.objects.create(
        ticket=ticket,
        consent=consent,
        scope=scope,
        started_at=at,
        started_by=actor,
        due_at=consent.valid_until_at,
        **words,
    )
    recount(ticket)
    facts = {"session": row.pk, "consent": consent.pk, "scope": scope}
    record(
        ticket,
        Act(code=ActCode.SESSION_STARTED, actor=actor, at=at, is_public=True, facts=facts),
        before=before,
    )
    return row


def consent_for(ticket: Ticket, scope: str, at: datetime) -> Consent | None:
    """The consent in force that allows this and holds longest."""
    allowing = Consent.objects.filter(ticket=ticket, items__code=scope, items__is_allowed=True).in_force(at)
    return allowing.order_by("-valid_until_at").first()


@transaction.atomic
def end_session(*, session_id: int, done: str, recording: str, actor: User, at: datetime) -> RemoteSession:
    """Leave the device and say what was done there. For a session that has ended by itself the words come afterwards.

    Raises NotVisible, NotAllowed, Conflict (`session_ended`) or InvalidInput.
    """
    found = RemoteSession.objects.visible_to(actor).filter(pk=session_id).values_list("ticket_id", flat=True).first()
    if found is None:
        raise NotVisible
    ticket = open_for_change(ticket_id=found, actor=actor, version=None)
    row = RemoteSession.objects.get(pk=session_id)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if row.done:
        raise Conflict(_("This session has ended already."), code="session_ended")
    text = clean_text(done, field="done", max_length=WORDS_LENGTH)
    if not text:
        raise InvalidInput(fields={"done": [_("Say what was done.")]})
    before = snapshot(ticket)
    if row.ended_at is None:
        row.ended_at, row.ended_by, row.due_at = at, actor, None
    row.done, row.recording = text, clean_text(recording, field="recording", max_length=300)
    row.save()
    _record_end(ticket, row, actor, at, before)
    return row


def end_with_consent(consent: Consent, *, at: datetime) -> RemoteSession | None:
    """End what runs on a consent that no longer holds. Part of another act; the caller counts and records."""
    row = RemoteSession.objects.filter(consent=consent, ended_at=None).first()
    if row is not None:
        row.ended_at, row.due_at = at, None
        row.save()
    return row


def end_due(ticket: Ticket, at: datetime) -> None:
    """End the session whose consent has run out, as of the instant at which it did. The caller holds the lock."""
    for row in RemoteSession.objects.filter(ticket=ticket, due_at__lte=at):
        before = snapshot(ticket)
        row.ended_at, row.due_at = row.due_at, None
        row.save()
        _record_end(ticket, row, None, at, before)


def drop_open(ticket: Ticket, at: datetime) -> None:
    """The ticket was withdrawn. Part of that act."""
    RemoteSession.objects.filter(ticket=ticket, ended_at=None).update(ended_at=at, due_at=None)


def _record_end(
    ticket: Ticket, row: RemoteSession, actor: User | None, at: datetime, before: dict[str, object]
) -> None:
    recount(ticket)
    facts = {"session": row.pk, "consent": row.consent_id, "scope": row.scope}
    record(ticket, Act(code=ActCode.SESSION_ENDED, actor=actor, at=at, is_public=True, facts=facts), before=before)
