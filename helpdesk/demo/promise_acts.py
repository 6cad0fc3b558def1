"""Playing what the desk agrees on with the requester of a demo ticket: times, work windows, steps to take."""

from __future__ import annotations

from datetime import UTC, datetime

from helpdesk.accounts.models import User
from helpdesk.demo.stage import Scene, Stage
from helpdesk.demo.story import later
from tickets.models import Ticket, WorkWindow
from tickets.models.asking import Asking
from tickets.services.agreements.actions import Guidance, request_action
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.promises import NewTime, propose_time
from tickets.services.agreements.windows import Window, answer_window, propose_window


def _instant(stage: Stage, scene: Scene, when: str) -> datetime:
    """The instant that `when` means after the act: "+1 14:00" is two in the afternoon of the next working day."""
    day = scene.at.astimezone(stage.zone_day.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    return later(day, when)[1].astimezone(UTC)


def _new_time(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = {**scene.act.data, "proposed_at": _instant(stage, scene, scene.act.data["proposed_at"])}
    propose_time(ticket_id=ticket.pk, new=NewTime(**told), actor=actor, at=scene.at)


def _work_window(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    times = {name: _instant(stage, scene, scene.act.data[name]) for name in ("starts_at", "ends_at")}
    propose_window(ticket_id=ticket.pk, window=Window(**{**scene.act.data, **times}), actor=actor, at=scene.at)


def _agree(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    row = WorkWindow.objects.open().get(ticket=ticket)
    answer_window(window_id=row.pk, is_accepted=True, answer=Answer(actor, Asking.Via.PORTAL, scene.at))


def _ask_steps(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = scene.act.data
    guidance = Guidance(told["words"], told["steps"], _instant(stage, scene, told["until"]))
    request_action(ticket_id=ticket.pk, guidance=guidance, actor=actor, at=scene.at)


ACTS = {"new_time": _new_time, "work_window": _work_window, "agree": _agree, "ask_steps": _ask_steps}
