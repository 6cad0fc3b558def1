"""Playing a major incident of the demo: declared, linked, told, over, reviewed."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.accounts.models import User
from helpdesk.demo.stage import Scene, Stage
from helpdesk.demo.story import span
from tickets.lifecycle import WORKABLE
from tickets.models import MajorIncident, Ticket
from tickets.services import incident_endings, incident_links, incident_updates, incident_work, incidents
from tickets.services.incident_endings import PlannedAction, Review
from tickets.services.incident_updates import AUDIENCES, Word
from tickets.services.incidents import Declaration


def _declare(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    people = {name: stage.person(scene.act.data[name]) for name in ("commander", "communication_lead")}
    incidents.declare(
        ticket_id=ticket.pk, actor=actor, declaration=Declaration(**{**scene.act.data, **people}), at=scene.at
    )


def _link(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    affected = [stage.keys[key].pk for key in scene.act.data["keys"]]
    incident_links.link_tickets(incident_id=_incident(ticket).pk, ticket_ids=affected, actor=actor, at=scene.at)


def _update(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = scene.act.data
    word = Word(
        text_zh=told["text_zh"],
        text_en=told["text_en"],
        audiences=frozenset(AUDIENCES),
        expected_by_at=scene.at + span(told["expected"]) if told["expected"] else None,
    )
    incident_updates.post_update(incident_id=_incident(ticket).pk, word=word, actor=actor, at=scene.at)
    incident_work.run_due(at=scene.at)


def _settle(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    incident = _incident(ticket)
    affected = incident.links.filter(unlinked_at=None, ticket__status__in=WORKABLE)
    incident_endings.resolve(
        incident_id=incident.pk,
        covered=list(affected.values_list("ticket_id", flat=True)),
        actor=actor,
        version=None,
        at=scene.at,
    )
    incident_work.run_due(at=scene.at)


def _review(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    texts = dict(scene.act.data)
    today = scene.at.astimezone(stage.zone_day.tzinfo).date()
    actions = [
        PlannedAction(what, stage.person(owner), today + timedelta(days=days))
        for what, owner, days in texts.pop("actions")
    ]
    review = Review(**texts, actions=actions)
    incident_endings.close_review(
        incident_id=_incident(ticket).pk, review=review, actor=actor, version=None, at=scene.at
    )


def _incident(ticket: Ticket) -> MajorIncident:
    return MajorIncident.objects.get(ticket=ticket)


ACTS = {"declare": _declare, "link": _link, "update": _update, "settle": _settle, "review": _review}
