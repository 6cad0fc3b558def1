"""Plays the demo stories through the services, in the order of their times, so that every trace of them is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Min
from django.utils import translation

from assets.models import Asset
from escalation.models import Clock, Escalation
from escalation.services import alarms, automatic
from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from helpdesk.common.outbox import without_doorbell
from helpdesk.demo import (
    agreement_acts,
    files,
    handover_acts,
    incident_acts,
    promise_acts,
    secrecy_acts,
    survey_acts,
    vendors,
)
from helpdesk.demo.cast import Cast
from helpdesk.demo.stage import Scene, Stage
from helpdesk.demo.stories import STORIES
from helpdesk.demo.story import Story, later, midnight, moment, working_day
from notifications.models import Notification
from tickets.choices import MessageKind
from tickets.lifecycle import Command
from tickets.models import Category, Outcome, RequestKind, Ticket, TicketEvent, TicketSeen, WaitingReason
from tickets.services.conversation import post_message
from tickets.services.create import Request, follow_up, submit_ticket
from tickets.services.edit import add_watcher, edit_ticket
from tickets.services.engine import run_command
from tickets.services.files import store_upload
from tickets.services.timers import run_due

FRESH = timedelta(days=3)  # what happened within it may still be unread
LAG = timedelta(seconds=20)  # after what is due a sweep looks


def play(*, cast: Cast, at: datetime, with_files: bool = True) -> int:
    """Create the demo tickets as they would stand at `at`; people act until the evening before. Returns how many.

    Notices of the past are marked as sent: nobody gets a heap of mail when the worker starts.
    """
    today = midnight(at, settings.TIME_ZONE)
    stage = Stage(cast, today, catalogue=_catalogue(), with_files=with_files)
    scenes = sorted(_scenes(today, at), key=lambda scene: (scene.at, scene.order))
    with without_doorbell(), transaction.atomic():
        now = morning = scenes[0].at
        for scene in scenes:
            while morning <= scene.at:
                now = _let_clocks_run(now, until=morning)
                run_due(at=morning)
                morning += timedelta(days=1)
            now = _let_clocks_run(now, until=scene.at)
            _play_scene(stage, scene)
        _let_clocks_run(now, until=at)
        run_due(at=at)
        _settle_outbox(unread_since=working_day(today, -1))
        _mark_read(before=today - FRESH)
    return len(stage.tickets)


def _let_clocks_run(now: datetime, *, until: datetime) -> datetime:
    """What the clocks would have told and escalated since `now`, each at its own time. Returns `until`."""
    while (due := _next_due()) is not None and due + LAG <= until:
        now = max(now, due + LAG)
        for run in (alarms.sound_due, automatic.climb_due, run_due):
            while run(at=now):
                pass
        if _next_due() == due:
            raise RuntimeError(f"The clocks stand still at {due}.")
    return until


def _next_due() -> datetime | None:
    instants = [model.objects.aggregate(first=Min("next_at"))["first"] for model in (Clock, Escalation)]
    instants.append(Ticket.objects.aggregate(first=Min("agreed_due_at"))["first"])
    return min((instant for instant in instants if instant is not None), default=None)


def _settle_outbox(*, unread_since: datetime) -> None:
    """Everything in the outbox counts as delivered when it was written; what is older has been read too."""
    waiting = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING)
    Notification.objects.bulk_create(
        Notification(
            event_id=row.uuid,
            recipient_id=row.recipient_id,  # type: ignore[misc]
            topic=row.topic,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            trail_event_id=row.payload.get("event"),
            facts={name: value for name, value in row.payload.items() if name != "event"},
            created_at=row.created_at,
            read_at=None if row.created_at >= unread_since else row.created_at + timedelta(hours=1),
        )
        for row in waiting.filter(channel=OutboxMessage.Channel.IN_APP).order_by("pk")
    )
    waiting.update(state=OutboxMessage.State.SENT, sent_at=F("created_at"), attempts=1, next_attempt_at=None)


def _catalogue() -> dict[str, dict[str, Any]]:
    return {
        "category": {row.code: row for row in Category.objects.all()},
        "kind": RequestKind.objects.in_bulk(),
        "outcome": Outcome.objects.in_bulk(),
        "waiting_reason": WaitingReason.objects.in_bulk(),
    }


def _scenes(today: datetime, at: datetime) -> Iterator[Scene]:
    for number, story in enumerate(STORIES):
        day, instant = moment(working_day(today, -story.day), story.when, today=today, at=at)
        yield Scene(instant.astimezone(UTC), number * 100, story, None)
        for step, act in enumerate(story.acts, 1):
            day, instant = moment(day, act.when, today=today, at=at)
            yield Scene(instant.astimezone(UTC), number * 100 + step, story, act)


def _play_scene(stage: Stage, scene: Scene) -> None:
    number = scene.order // 100
    speaker = scene.act.by if scene.act else scene.story.by or scene.story.who
    actor = stage.person(speaker)
    with translation.override(actor.language or "zh-hans"):
        if scene.act is None:
            ticket = stage.tickets[number] = _submit(stage, scene.story, actor, scene.at)
            if scene.story.key:
                stage.keys[scene.story.key] = ticket
        else:
            _ACTS.get(scene.act.what, _command)(stage, stage.tickets[number], scene, actor)


def _submit(stage: Stage, story: Story, actor: User, at: datetime) -> Ticket:
    request = Request(
        subject=story.subject,
        description=story.description,
        kind=stage.catalogue["kind"][story.kind],
        category=None if story.unsorted else stage.catalogue["category"][story.category],
        impact=story.impact,
        urgency=story.urgency,
        error_message=story.error,
        steps=story.steps,
        occurred_at=at - timedelta(minutes=25) if story.kind == "incident" else None,
        device_hostname=story.host,
        device_ip=story.ip,
        asset=Asset.objects.visible_to(actor).filter(hostname=story.host).first() if story.host else None,
        attachments=_upload(stage, story.files, actor, at),
    )
    requester = stage.person(story.who)
    if story.follows:
        old = stage.keys[story.follows]
        return follow_up(ticket_id=old.pk, request=request, actor=actor, at=at, channel=story.channel)
    return submit_ticket(
        request=request,
        requester=requester,
        actor=actor,
        channel=story.channel,
        at=at,
        resolution=_resolution(stage, story.solved) if story.solved else None,
    )


def _upload(stage: Stage, codes: tuple[str, ...], actor: User, at: datetime) -> list[str]:
    if not stage.with_files:
        return []
    return [str(store_upload(upload=files.make(code), actor=actor, at=at).uuid) for code in codes]


def _resolution(stage: Stage, data: dict[str, str]) -> dict[str, Any]:
    return {**data, "outcome": stage.catalogue["outcome"][data["outcome"]]}


def _command(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    data: dict[str, Any] = {name: value for name, value in scene.act.data.items() if value}
    if scene.act.what == Command.RESOLVE:
        data = _resolution(stage, data)
    if "team" in data:
        data["team"] = stage.cast.teams[data["team"]]
    if "assignee" in data:
        data["assignee"] = stage.person(data["assignee"])
    run_command(ticket_id=ticket.pk, command=scene.act.what, actor=actor, version=None, at=scene.at, data=data)


def _classify(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = {name: getattr(scene.story, name) for name in ("category", "impact", "urgency")} | scene.act.data
    data = {**told, "category": stage.catalogue["category"][told["category"]]}
    if "team" in data:
        data["team"] = stage.cast.teams[data["team"]]
    run_command(ticket_id=ticket.pk, command=Command.CLASSIFY, actor=actor, version=None, at=scene.at, data=data)


def _wait(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    told = scene.act.data
    local = scene.at.astimezone(stage.zone_day.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    _day, until = later(local, told["until"])
    data = {
        "waiting_reason": stage.catalogue["waiting_reason"][told["waiting_reason"]],
        "next_action_at": until.astimezone(UTC),
    }
    if told["text"]:
        _post(stage, ticket, scene, actor, MessageKind.PUBLIC, then=Command.WAIT, data=data)
    else:
        run_command(ticket_id=ticket.pk, command=Command.WAIT, actor=actor, version=None, at=scene.at, data=data)


def _say(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    _post(stage, ticket, scene, actor, MessageKind.PUBLIC)


def _note(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    _post(stage, ticket, scene, actor, MessageKind.INTERNAL)


def _post(stage: Stage, ticket: Ticket, scene: Scene, actor: User, kind: MessageKind, **then: Any) -> None:
    assert scene.act is not None
    post_message(
        ticket_id=ticket.pk,
        actor=actor,
        body=scene.act.data["text"],
        at=scene.at,
        kind=kind,
        attachments=_upload(stage, scene.act.data.get("files", ()), actor, scene.at),
        **then,
    )


def _watch(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    add_watcher(ticket_id=ticket.pk, actor=actor, person=stage.person(scene.act.data["who"]), at=scene.at)


def _edit(stage: Stage, ticket: Ticket, scene: Scene, actor: User) -> None:
    assert scene.act is not None
    version = Ticket.objects.values_list("version", flat=True).get(pk=ticket.pk)
    edit_ticket(ticket_id=ticket.pk, actor=actor, version=version, changes=scene.act.data, at=scene.at)


_ACTS: dict[str, Callable[[Stage, Ticket, Scene, User], None]] = {
    "classify": _classify,
    "wait": _wait,
    "say": _say,
    "note": _note,
    "watch": _watch,
    "edit": _edit,
    **agreement_acts.ACTS,
    **handover_acts.ACTS,
    **incident_acts.ACTS,
    **survey_acts.ACTS,
    **promise_acts.ACTS,
    **secrecy_acts.ACTS,
    **vendors.ACTS,
}


def _mark_read(*, before: datetime) -> None:
    """People have read a ticket up to their own last act; what is older than `before` they have read whole."""
    acted = TicketEvent.objects.filter(actor__isnull=False).values("ticket_id", "actor_id")
    rows = acted.annotate(last=Max("sequence"), version=F("ticket__version"), changed=F("ticket__updated_at"))
    TicketSeen.objects.bulk_create(
        TicketSeen(
            ticket_id=row["ticket_id"],
            user_id=row["actor_id"],
            version=row["version"] if row["changed"] < before else row["last"],
        )
        for row in rows
    )
