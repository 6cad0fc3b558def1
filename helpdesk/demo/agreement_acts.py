"""Playing what the desk and a requester of the demo agree on: steps, consents, sessions."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.accounts.models import User
from helpdesk.demo.stage import Scene, Stage
from helpdesk.demo.story import Act, span
from tickets.models import Consent, RemoteSession, Ticket
from tickets.models.asking import Asking
from tickets.services import diagnosis
from tickets.services.agreements import consents, sessions
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.consents import Wish


def plan(when: str, by: str, kind: str, action: str, hypothesis: str = "", *touches: str) -> Act:
    """A diagnosis step that is still to be taken."""
    return Act(when, "plan", by, {"kind": kind, "action": action, "hypothesis": hypothesis, "touches": touches})


def step(when: str, by: str, kind: str, action: str, hypothesis: str, finding: str, result: str, minutes: int) -> Act:
    """A diagnosis step that was taken."""
    told = {"kind": kind, "action": action, "hypothesis": hypothesis}
    return Act(when, "step", by, {**told, "finding": finding, "result": result, "minutes": minutes})


def ask(when: str, by: str, *items: str, purpose: str, changes: str, answer_in: str = "24:00", **more: str) -> Act:
    """Ask for consent to these items."""
    return Act(
        when, "ask", by, {"items": items, "purpose": purpose, "changes": changes, "answer_in": answer_in, **more}
    )


def allow(when: str, by: str, *items: str) -> Act:
    """Answer the open request: these items, nothing else."""
    return Act(when, "allow", by, {"items": items})


def connect(when: str, by: str, scope: str, tool: str, device: str) -> Act:
    return Act(when, "connect", by, {"scope": scope, "tool": tool, "device": device})


def leave(when: str, by: str, done: str) -> Act:
    """End the remote session."""
    return Act(when, "leave", by, {"done": done})


def _plan(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    diagnosis.plan_step(ticket_id=ticket.pk, plan=diagnosis.Plan(**scene.act.data), actor=actor, at=scene.at)


def _step(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = scene.act.data
    plan = diagnosis.Plan(told["kind"], told["action"], told["hypothesis"])
    result = diagnosis.Result(told["finding"], told["result"], minutes=told["minutes"])
    diagnosis.log_step(ticket_id=ticket.pk, plan=plan, result=result, actor=actor, at=scene.at)


def _ask(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = dict(scene.act.data)
    wish = Wish(answer_by_at=scene.at + span(told.pop("answer_in")), valid_for=timedelta(minutes=30), **told)
    consents.ask_consent(ticket_id=ticket.pk, wish=wish, actor=actor, at=scene.at)


def _allow(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    row = Consent.objects.filter(ticket=ticket).open().get()
    answer = Answer(actor, Asking.Via.PORTAL, scene.at)
    consents.answer_consent(consent_id=row.pk, allowed=scene.act.data["items"], answer=answer)


def _connect(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    sessions.start_session(ticket_id=ticket.pk, actor=actor, at=scene.at, **scene.act.data)


def _leave(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    row = RemoteSession.objects.get(ticket=ticket, ended_at=None)
    sessions.end_session(session_id=row.pk, done=scene.act.data["done"], recording="", actor=actor, at=scene.at)


ACTS = {"plan": _plan, "step": _step, "ask": _ask, "allow": _allow, "connect": _connect, "leave": _leave}
