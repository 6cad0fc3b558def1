"""Playing what happens to a demo ticket on its way up: offered, taken over, sent back, shared by several teams."""

from __future__ import annotations

from escalation.models import Escalation
from escalation.services import handovers
from helpdesk.accounts.models import User
from helpdesk.demo.stage import Scene, Stage
from tickets.lifecycle import Command
from tickets.models import Ticket, TicketTask
from tickets.services import tasks
from tickets.services.engine import run_command


def _escalate(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    data = {
        **scene.act.data,
        "teams": [stage.cast.teams[code] for code in scene.act.data["teams"]],
        "files": list(ticket.attachments.order_by("pk")),
    }
    run_command(ticket_id=ticket.pk, command=Command.ESCALATE, actor=actor, version=None, at=scene.at, data=data)


def _take_over(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    handovers.accept(escalation_id=_offer(ticket).pk, actor=actor, at=scene.at)


def _send_back(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    handovers.send_back(escalation_id=_offer(ticket).pk, reason=scene.act.data["reason"], actor=actor, at=scene.at)


def _offer(ticket: Ticket) -> Escalation:
    return Escalation.objects.open().get(ticket=ticket)


def _end_task(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    task = TicketTask.objects.open().get(ticket=ticket, team__in=actor.team_ids)
    tasks.end_task(
        task_id=task.pk,
        state=TicketTask.State.DONE,
        result=scene.act.data["result"],
        actor=actor,
        at=scene.at,
    )


ACTS = {"escalate": _escalate, "take_over": _take_over, "send_back": _send_back, "end_task": _end_task}
