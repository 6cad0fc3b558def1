"""Evidence of a security incident: files secured with their origin, handed on, and checked against their fingerprints."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.file_store import open_bytes
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.models import Attachment, CustodyEntry, Evidence, SecurityIncident, Ticket
from tickets.models.security import NAME_LENGTH
from tickets.policies import can_handle_security
from tickets.services.files import attach
from tickets.services.recording import Act, open_for_change, record, snapshot

CHUNK = 65536
MOST = 200


class Check(StrEnum):
    """What comparing the stored bytes with the fingerprint showed."""

    MATCHES = "matches"
    DIFFERS = "differs"
    MISSING = "missing"


@transaction.atomic
def secure_evidence(
    *, ticket_id: int, file: str, what: str, found_where: str, taken_at: datetime, actor: User, at: datetime
) -> Evidence:
    """Keep one of the actor's own unsent files as evidence; its chain of custody begins with them.

    Raises NotVisible, NotAllowed, Conflict (`no_security_incident`, `too_many`, `archived`) or InvalidInput.
    """
    ticket = _open(ticket_id, actor)
    if not SecurityIncident.objects.filter(ticket=ticket).exists():
        raise Conflict(_("Raise a security incident first."), code="no_security_incident")
    if Evidence.objects.filter(ticket=ticket).count() >= MOST:
        raise Conflict(_("A ticket has at most %(count)d pieces of evidence.") % {"count": MOST}, code="too_many")
    texts = {"what": _short(what, "what"), "found_where": _short(found_where, "found_where")}
    errors = {}
    if not file:
        errors["file"] = [_("Choose a file.")]
    if not texts["what"]:
        errors["what"] = [_("Say what it is.")]
    if not texts["found_where"]:
        errors["found_where"] = [_("Say where it was found.")]
    if taken_at > at:
        errors["taken_at"] = [_("Choose a time that has passed.")]
    if errors:
        raise InvalidInput(fields=errors)
    before = snapshot(ticket)
    (kept,) = attach([file], ticket=ticket, message=None, actor=actor, is_internal=True)
    evidence = Evidence.objects.create(
        ticket=ticket, file=kept, taken_at=taken_at, taken_by=actor, created_at=at, **texts
    )
    _add_link(evidence, 1, evidence.found_where, actor.get_full_name(), taken_at, "", actor, at)
    facts = {"evidence": evidence.pk, "sha256": kept.sha256}
    record(ticket, Act(code=ActCode.EVIDENCE_TAKEN, actor=actor, at=at, facts=facts), before=before)
    return evidence


@transaction.atomic
def pass_on(
    *, evidence_id: int, passed_to: str, passed_at: datetime, purpose: str, actor: User, at: datetime
) -> CustodyEntry:
    """Write down that the evidence went from who holds it to somebody else.

    Raises NotVisible, NotAllowed, Conflict (`archived`) or InvalidInput.
    """
    found = _find(evidence_id, actor)
    ticket = _open(found.ticket_id, actor)
    last = CustodyEntry.objects.filter(evidence=found).order_by("sequence").last()
    assert last is not None, "securing it wrote the first link"
    receiver, why = _short(passed_to, "passed_to"), _short(purpose, "purpose")
    errors = {}
    if not receiver:
        errors["passed_to"] = [_("Say who receives it.")]
    if not why:
        errors["purpose"] = [_("Say what for.")]
    if passed_at > at:
        errors["passed_at"] = [_("Choose a time that has passed.")]
    elif passed_at < last.passed_at:
        errors["passed_at"] = [_("It was handed on before. Choose a later time.")]
    if errors:
        raise InvalidInput(fields=errors)
    before = snapshot(ticket)
    link = _add_link(found, last.sequence + 1, last.passed_to, receiver, passed_at, why, actor, at)
    facts = {"evidence": found.pk, "custody": link.sequence}
    record(ticket, Act(code=ActCode.EVIDENCE_PASSED, actor=actor, at=at, facts=facts), before=before)
    return link


@transaction.atomic
def check_evidence(*, evidence_id: int, actor: User, at: datetime) -> Check:
    """Compare the stored bytes with the fingerprint that was made when they arrived, and record what came of it.

    The record of an archived ticket is sealed: there it is only compared. Raises NotVisible or NotAllowed.
    """
    found = _find(evidence_id, actor)
    result = compare(found.file)
    if Ticket.objects.visible_to(actor).filter(pk=found.ticket_id, archived_at__isnull=False).exists():
        return result
    ticket = _open(found.ticket_id, actor)
    facts = {"evidence": found.pk, "check": result.value}
    act = Act(code=ActCode.EVIDENCE_CHECKED, actor=actor, at=at, facts=facts)
    record(ticket, act, before=snapshot(ticket))
    return result


def compare(file: Attachment) -> Check:
    """Whether a stored file still has the content that it came with."""
    digest = hashlib.sha256()
    try:
        with open_bytes(file.storage_key) as content:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
    except FileNotFoundError:
        return Check.MISSING
    return Check.MATCHES if digest.hexdigest() == file.sha256 else Check.DIFFERS


def _find(evidence_id: int, actor: User) -> Evidence:
    found = Evidence.objects.visible_to(actor).select_related("file").filter(pk=evidence_id).first()
    if found is None:
        raise NotVisible
    return found


def _open(ticket_id: int, actor: User) -> Ticket:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_handle_security(actor, ticket):
        raise NotAllowed
    return ticket


def _short(value: str, field: str) -> str:
    return clean_text(value, field=field, max_length=NAME_LENGTH, multiline=False)


def _add_link(
    evidence: Evidence,
    sequence: int,
    passed_from: str,
    passed_to: str,
    passed_at: datetime,
    purpose: str,
    actor: User,
    at: datetime,
) -> CustodyEntry:
    facts: dict[str, Any] = {"recorded_by": actor, "recorded_at": at, "purpose": purpose}
    return CustodyEntry.objects.create(
        evidence=evidence,
        sequence=sequence,
        passed_from=passed_from,
        passed_to=passed_to,
        passed_at=passed_at,
        **facts,
    )
