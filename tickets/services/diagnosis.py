"""The diagnosis log: planning steps, doing them, dropping them (M3.2-2, M3.3.1-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.text import clean_text
from tickets.choices import CONSENT_ITEM_LABELS
from tickets.choices import Act as ActCode
from tickets.consent import Item, not_covered
from tickets.diagnosis import FINDINGS, Finding, StepKind
from tickets.lifecycle import WORKABLE
from tickets.matters import recount
from tickets.models import Consent, DiagnosisStep, DiagnosisTemplate, Ticket
from tickets.models.asking import WORDS_LENGTH
from tickets.policies import can_work_on
from tickets.services.files import attach
from tickets.services.recording import Act, open_for_change, record, snapshot

MOST = 200
SHORT = 300
LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True)
class Plan:
    """What is supposed and what is to be done. `touches` are codes of what needs the requester's consent."""

    kind: str
    action: str
    hypothesis: str = ""
    touches: Sequence[str] = ()


@dataclass(frozen=True)
class Result:
    """What came of a step. `files` are the actor's own uploads."""

    finding: str
    result: str = ""
    evidence: str = ""
    minutes: int | None = None
    files: Sequence[str] = ()


@transaction.atomic
def plan_step(*, ticket_id: int, plan: Plan, actor: User, at: datetime) -> DiagnosisStep:
    """Put a step on the list. Raises NotVisible, NotAllowed, Conflict (no longer worked on, too many) or InvalidInput."""
    ticket = _open(ticket_id, actor)
    return _plan(ticket, plan, actor, at)


@transaction.atomic
def log_step(*, ticket_id: int, plan: Plan, result: Result, actor: User, at: datetime) -> DiagnosisStep:
    """A step that was taken already, in one act. Raises what `plan_step` and `finish_step` raise."""
    ticket = _open(ticket_id, actor)
    before = snapshot(ticket)
    row = _new(ticket, plan, actor, at)
    _finish(ticket, row, result, actor, at, before)
    return row


@transaction.atomic
def plan_from_template(
    *, ticket_id: int, template: DiagnosisTemplate, actor: User, at: datetime
) -> list[DiagnosisStep]:
    """Take over all steps of a template that aren't on the list yet, in the active language."""
    ticket = _open(ticket_id, actor)
    known = set(DiagnosisStep.objects.filter(ticket=ticket).values_list("action", flat=True))
    plans = [
        Plan(kind=step.kind, action=step.action, hypothesis=step.hypothesis, touches=step.touches)
        for step in template.steps.all()
        if step.action not in known
    ]
    if not plans:
        raise Conflict(_("All steps of this list are there already."), code="nothing_new")
    return [_plan(ticket, plan, actor, at) for plan in plans]


@transaction.atomic
def finish_step(*, step_id: int, result: Result, actor: User, at: datetime) -> DiagnosisStep:
    """Say what came of a planned step.

    Raises NotVisible, NotAllowed, Conflict (`step_ended`; `no_consent` where it touches what nobody has allowed) or
    InvalidInput.
    """
    ticket, row = _open_step(step_id, actor)
    _finish(ticket, row, result, actor, at, snapshot(ticket))
    return row


@transaction.atomic
def drop_step(*, step_id: int, reason: str, actor: User, at: datetime) -> DiagnosisStep:
    """A planned step isn't taken. Raises NotVisible, NotAllowed, Conflict (`step_ended`) or InvalidInput."""
    ticket, row = _open_step(step_id, actor)
    before = snapshot(ticket)
    text = clean_text(reason, field="result", max_length=WORDS_LENGTH)
    if not text:
        raise InvalidInput(fields={"result": [_("Say why it isn't needed.")]})
    row.state, row.result, row.ended_at, row.ended_by = DiagnosisStep.State.DROPPED, text, at, actor
    row.save()
    _record(ticket, row, ActCode.STEP_DROPPED, actor, at, before)
    return row


def _open(ticket_id: int, actor: User) -> Ticket:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if ticket.status not in WORKABLE:
        raise Conflict(_("This ticket is no longer worked on."), code="not_workable")
    return ticket


def _open_step(step_id: int, actor: User) -> tuple[Ticket, DiagnosisStep]:
    found = DiagnosisStep.objects.visible_to(actor).filter(pk=step_id).values_list("ticket_id", flat=True).first()
    if found is None:
        raise NotVisible
    ticket = _open(found, actor)
    row = DiagnosisStep.objects.get(pk=step_id)
    if row.state != DiagnosisStep.State.PLANNED:
        raise Conflict(_("This step has ended already."), code="step_ended")
    return ticket, row


def _plan(ticket: Ticket, plan: Plan, actor: User, at: datetime) -> DiagnosisStep:
    before = snapshot(ticket)
    row = _new(ticket, plan, actor, at)
    _record(ticket, row, ActCode.STEP_PLANNED, actor, at, before)
    return row


def _new(ticket: Ticket, plan: Plan, actor: User, at: datetime) -> DiagnosisStep:
    errors = {}
    if plan.kind not in set(StepKind):
        errors["kind"] = [_("Choose one of the answers.")]
    if set(plan.touches) - set(Item):
        errors["touches"] = [_("Choose one of the answers.")]
    action = clean_text(plan.action, field="action", max_length=WORDS_LENGTH)
    if not action:
        errors["action"] = [_("Say what is to be done.")]
    if errors:
        raise InvalidInput(fields=errors)
    if DiagnosisStep.objects.filter(ticket=ticket).count() >= MOST:
        raise Conflict(_("A ticket has at most %(count)d diagnosis steps.") % {"count": MOST}, code="too_many")
    touches = [item.value for item in Item if item in plan.touches]
    return DiagnosisStep.objects.create(
        ticket=ticket,
        kind=plan.kind,
        hypothesis=clean_text(plan.hypothesis, field="hypothesis", max_length=SHORT),
        action=action,
        touches=touches,
        touch_count=len(touches),
        created_at=at,
        created_by=actor,
    )


def _finish(
    ticket: Ticket, row: DiagnosisStep, result: Result, actor: User, at: datetime, before: dict[str, Any]
) -> None:
    if result.finding not in FINDINGS[StepKind(row.kind)]:
        raise InvalidInput(fields={"finding": [_("Say what came of it.")]})
    if result.minutes is not None and not 0 <= result.minutes <= LONGEST_MINUTES:
        raise InvalidInput(fields={"minutes": [_("Give the minutes as a number, a day at most.")]})
    consents = _consents_for(ticket, row.touches, at)
    row.state, row.finding = DiagnosisStep.State.DONE, Finding(result.finding)
    row.result = clean_text(result.result, field="result", max_length=WORDS_LENGTH)
    row.evidence = clean_text(result.evidence, field="evidence", max_length=WORDS_LENGTH)
    row.minutes, row.ended_at, row.ended_by = result.minutes, at, actor
    row.save()
    files = attach(result.files, ticket=ticket, message=None, actor=actor, is_internal=True)
    row.files.set(files)
    row.consents.set(consents)
    told = {"consents": sorted(consent.pk for consent in consents), "files": [file.sha256 for file in files]}
    _record(ticket, row, ActCode.STEP_DONE, actor, at, before, **{name: value for name, value in told.items() if value})


def _consents_for(ticket: Ticket, touches: Sequence[str], at: datetime) -> list[Consent]:
    """The consents in force that allow all this. Raises Conflict (`no_consent`) naming what nobody has allowed."""
    if not touches:
        return []
    in_force = Consent.objects.filter(ticket=ticket).in_force(at).prefetch_related("items")
    allowing = {consent: set(consent.allowed) & set(touches) for consent in in_force}
    lacking = not_covered(touches, {code for codes in allowing.values() for code in codes})
    if lacking:
        words = _("The requester hasn't allowed this, or it doesn't hold any more: %(items)s. Ask for consent first.")
        labels = ", ".join(str(CONSENT_ITEM_LABELS[Item(code)]) for code in lacking)
        raise Conflict(words % {"items": labels}, code="no_consent", extra={"missing": lacking})
    return [consent for consent, codes in allowing.items() if codes]


def _record(
    ticket: Ticket,
    row: DiagnosisStep,
    code: ActCode,
    actor: User,
    at: datetime,
    before: dict[str, Any],
    **facts: Any,
) -> None:
    recount(ticket)
    told = {"step": row.pk, "kind": row.kind, "touches": row.touches, **facts}
    if row.finding:
        told["finding"] = row.finding
    record(ticket, Act(code=code, actor=actor, at=at, facts=told), before=before)
