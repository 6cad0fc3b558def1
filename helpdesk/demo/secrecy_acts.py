"""Playing what happens to confidential tickets and security incidents of the demo."""

from __future__ import annotations

from typing import Any

from helpdesk.accounts.models import User
from helpdesk.demo import files
from helpdesk.demo.stage import Scene, Stage
from tickets.models import Evidence, SecurityStep, Ticket
from tickets.services.confidentiality import Circle, make_confidential
from tickets.services.evidence import pass_on, secure_evidence
from tickets.services.files import store_upload
from tickets.services.security import end_step, raise_security_incident


def _confide(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    reason = _data(scene)["reason"]
    make_confidential(ticket_id=ticket.pk, circle=Circle(), reason=reason, actor=actor, at=scene.at)


def _alarm(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    raise_security_incident(ticket_id=ticket.pk, suspicion=_data(scene)["suspicion"], actor=actor, at=scene.at)


def _tick(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    told = _data(scene)
    step = SecurityStep.objects.get(ticket=ticket, code=told["code"])
    end_step(step_id=step.pk, state=SecurityStep.State.DONE, words=told["words"], actor=actor, at=scene.at)


def _secure(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    if not stage.with_files:
        return
    told = _data(scene)
    file = store_upload(upload=files.make(told["file"]), actor=actor, at=scene.at)
    secure_evidence(
        ticket_id=ticket.pk,
        file=str(file.uuid),
        what=told["what"],
        found_where=told["found_where"],
        taken_at=scene.at,
        actor=actor,
        at=scene.at,
    )


def _pass_on(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    told = _data(scene)
    for evidence in Evidence.objects.filter(ticket=ticket):
        pass_on(
            evidence_id=evidence.pk,
            passed_to=told["to"],
            passed_at=scene.at,
            purpose=told["purpose"],
            actor=actor,
            at=scene.at,
        )


def _data(scene: Scene) -> dict[str, Any]:
    assert scene.act is not None
    return scene.act.data


ACTS = {"confide": _confide, "alarm": _alarm, "tick": _tick, "secure": _secure, "pass_on": _pass_on}
