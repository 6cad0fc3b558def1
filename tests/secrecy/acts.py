"""What the tests of this folder do to tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from helpdesk.accounts.models import Team, User
from tests.cast import Cast
from tests.factories import bring_to, make_ticket, run
from tickets.models import BreakGlass, Evidence, SecurityIncident, SecurityStep, Ticket
from tickets.services import break_glass as glass
from tickets.services.confidentiality import Circle, change_readers, lift_confidentiality, make_confidential
from tickets.services.evidence import secure_evidence
from tickets.services.files import store_upload
from tickets.services.security import end_step, raise_security_incident

DONE, NOT_APPLICABLE = SecurityStep.State.DONE, SecurityStep.State.NOT_APPLICABLE


def worked_on(cast: Cast, **fields: Any) -> Ticket:
    """A ticket of the first line on which the agent works."""
    ticket = make_ticket(cast.requester, **fields)
    run(ticket, "assign", cast.lead, team=cast.first_line, assignee=cast.agent)
    return bring_to(ticket, "in_progress", cast.agent)


def confide(
    ticket: Ticket,
    actor: User,
    *,
    people: tuple[User, ...] = (),
    teams: tuple[Team, ...] = (),
    named_only: bool = False,
    reason: str = "涉及劳动争议",
    at: datetime | None = None,
) -> Ticket:
    circle = Circle(people, teams, named_only)
    make_confidential(ticket_id=ticket.pk, circle=circle, reason=reason, actor=actor, at=at or timezone.now())
    ticket.refresh_from_db()
    return ticket


def rename(
    ticket: Ticket,
    actor: User,
    *,
    people: tuple[User, ...] = (),
    teams: tuple[Team, ...] = (),
    named_only: bool = False,
) -> Ticket:
    circle = Circle(people, teams, named_only)
    change_readers(ticket_id=ticket.pk, circle=circle, actor=actor, at=timezone.now())
    ticket.refresh_from_db()
    return ticket


def lift(ticket: Ticket, actor: User, reason: str = "已经公开") -> Ticket:
    lift_confidentiality(ticket_id=ticket.pk, reason=reason, actor=actor, at=timezone.now())
    ticket.refresh_from_db()
    return ticket


def break_in(ticket: Ticket, actor: User, reason: str = "处理人失联", at: datetime | None = None) -> BreakGlass:
    return glass.break_glass(number=ticket.number, reason=reason, actor=actor, at=at or timezone.now())


def alarm(ticket: Ticket, actor: User, suspicion: str = "密码被骗走", at: datetime | None = None) -> SecurityIncident:
    incident = raise_security_incident(ticket_id=ticket.pk, suspicion=suspicion, actor=actor, at=at or timezone.now())
    ticket.refresh_from_db()
    return incident


def tick(
    ticket: Ticket,
    code: str,
    actor: User,
    *,
    state: SecurityStep.State = DONE,
    words: str = "拔掉网线",
    at: datetime | None = None,
) -> SecurityStep:
    step = SecurityStep.objects.get(ticket=ticket, code=code)
    return end_step(step_id=step.pk, state=state, words=words, actor=actor, at=at or timezone.now())


def finish(ticket: Ticket, actor: User) -> None:
    """Everything on the checklist is done."""
    for code in SecurityStep.objects.filter(ticket=ticket, state="open").values_list("code", flat=True):
        tick(ticket, code, actor)


def upload(actor: User, name: str = "mail.log", content: bytes = b"From: attacker\n") -> str:
    return str(store_upload(upload=SimpleUploadedFile(name, content), actor=actor, at=timezone.now()).uuid)


def secure(ticket: Ticket, actor: User, name: str = "mail.log", **said: Any) -> Evidence:
    at = timezone.now()
    words = {"what": "钓鱼邮件", "found_where": "收件箱", **said}
    return secure_evidence(ticket_id=ticket.pk, file=upload(actor, name), taken_at=at, actor=actor, at=at, **words)


def may_see(ticket: Ticket, *people: User) -> list[str]:
    """Who of these people sees the ticket; each looked up anew, because people remember their teams."""
    fresh = [User.objects.get(pk=person.pk) for person in people]
    return [person.username for person in fresh if Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()]
