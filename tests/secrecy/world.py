"""A confidential ticket with something of everything on it, each with a canary word, among ordinary ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from assets.models import Vendor
from assets.services.vendors import save_vendor
from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.factories import agent_in, reply, resolution, run
from tests.incidents.acts import declared, link
from tests.mailroom.letters import letter, take
from tests.promises.conftest import ask_action, propose, window
from tests.secrecy.acts import alarm, secure, upload, worked_on
from tickets.models import (
    Attachment,
    Consent,
    DeskSettings,
    DiagnosisStep,
    Evidence,
    IncomingMail,
    MajorIncident,
    SecurityStep,
    Ticket,
    TicketTask,
    VendorCase,
)
from tickets.services.agreements.consents import Wish, ask_consent
from tickets.services.calls import Call
from tickets.services.create import Request, follow_up
from tickets.services.diagnosis import Plan, plan_step
from tickets.services.tasks import add_task
from tickets.services.vendors.cases import Wish as CaseWish
from tickets.services.vendors.cases import open_case

CANARY = "CANARY-CONF"


@dataclass
class World:
    """The secret ticket, its parts by their own ids, and who has nothing to do with it."""

    secret: Ticket
    ordinary: Ticket
    incident: MajorIncident
    officer: User
    other_lead: User
    mail: IncomingMail
    ids: dict[str, list[int]] = field(default_factory=dict)
    files: list[UUID] = field(default_factory=list)

    def outsiders(self, cast: Cast) -> list[User]:
        """People of the requester's department and another one, of other teams, the own team's lead, administrators."""
        return [cast.colleague, cast.requester2, cast.agent2, cast.liaison, cast.lead, self.other_lead, cast.admin]


def build(cast: Cast) -> World:
    officer = agent_in(cast.applications, username="officer", full_name="安宁")
    other_lead = agent_in(cast.applications, username="other_lead", is_lead=True)
    desk, _created = DeskSettings.objects.get_or_create(id=1)
    desk.security_officer = officer
    desk.save()
    parent = worked_on(cast, subject="网络中断")
    incident = declared(parent, cast.lead)
    secret = worked_on(
        cast,
        subject=f"{CANARY}-SUBJECT",
        description=f"{CANARY}-DESCRIPTION",
        error_message=f"{CANARY}-ERROR",
        steps=f"{CANARY}-STEPS",
        device_hostname=f"{CANARY}-HOST",
        attachments=[upload(cast.requester, f"{CANARY}-REQUEST.txt", b"CANARY-CONF-BYTES")],
    )
    link(incident, cast.lead, secret)
    _ask_vendor(secret, cast)
    alarm(secret, cast.agent, f"{CANARY}-SUSPICION")
    _fill(secret, cast)
    secure(secret, cast.agent, f"{CANARY}-EVIDENCE.txt", what=f"{CANARY}-WHAT", found_where=f"{CANARY}-WHERE")
    mail = take(letter(cast.requester, f"[{secret.number}] {CANARY}-MAIL", f"{CANARY}-MAILTEXT"))
    assert (mail.outcome, mail.ticket) == (IncomingMail.Outcome.HELD, secret), "nobody proved who wrote it"
    old = worked_on(cast, subject=f"{CANARY}-OLD")
    run(old, "resolve", cast.agent, **resolution())
    run(old, "confirm", cast.requester)
    after = follow_up(
        ticket_id=old.pk,
        request=Request(subject="后续", description="还有一点", kind=old.kind),
        actor=cast.agent,
        at=timezone.now(),
        channel="phone",
    )
    Ticket.objects.filter(pk=old.pk).update(is_confidential=True, is_named_only=True, assignee=cast.agent)
    world = World(secret, after, incident, officer, other_lead, mail)
    world.ids = {
        "task_id": list(TicketTask.objects.filter(ticket=secret).values_list("pk", flat=True)),
        "step_id": list(SecurityStep.objects.filter(ticket=secret).values_list("pk", flat=True))
        + list(DiagnosisStep.objects.filter(ticket=secret).values_list("pk", flat=True)),
        "evidence_id": list(Evidence.objects.filter(ticket=secret).values_list("pk", flat=True)),
        "case_id": list(VendorCase.objects.filter(ticket=secret).values_list("pk", flat=True)),
        "consent_id": list(Consent.objects.filter(ticket=secret).values_list("pk", flat=True)),
        "pk": list(Consent.objects.filter(ticket=secret).values_list("pk", flat=True)),
    }
    world.files = list(Attachment.objects.filter(ticket=secret).values_list("uuid", flat=True))
    secret.refresh_from_db()
    return world


def _fill(secret: Ticket, cast: Cast) -> None:
    at = timezone.now()
    file = upload(cast.agent, f"{CANARY}-NOTE.txt", b"CANARY-CONF-BYTES")
    reply(secret, cast.agent, f"{CANARY}-NOTE", kind="internal", attachments=[file])
    reply(secret, cast.agent, f"{CANARY}-REPLY")
    reply(secret, cast.requester, f"{CANARY}-ANSWER")
    reply(secret, cast.agent, f"{CANARY}-CALL", kind="internal", call=Call(at, number="13812345678"), channel="phone")
    add_task(ticket_id=secret.pk, team=cast.applications, words=f"{CANARY}-TASK", actor=cast.agent, at=at)
    wish = Wish(
        items=["read_data"],
        purpose=f"{CANARY}-PURPOSE",
        changes=f"{CANARY}-CHANGES",
        data_named=f"{CANARY}-DATA",
        answer_by_at=at + timedelta(days=1),
        valid_for=timedelta(hours=4),
    )
    ask_consent(ticket_id=secret.pk, wish=wish, actor=cast.agent, at=at)
    plan = Plan(kind="test", hypothesis=f"{CANARY}-HYPOTHESIS", action=f"{CANARY}-ACTION")
    plan_step(ticket_id=secret.pk, plan=plan, actor=cast.agent, at=at)
    propose(secret, cast.agent, words=f"{CANARY}-WHY", meanwhile=f"{CANARY}-MEANWHILE")
    window(secret, cast.agent, words=f"{CANARY}-WINDOW", affected=f"{CANARY}-AFFECTED")
    ask_action(secret, cast.agent, words=f"{CANARY}-ACTION", steps=[f"{CANARY}-STEP"])


def _ask_vendor(secret: Ticket, cast: Cast) -> None:
    """Asked before the ticket was shut: the vendor's liaison isn't named on it, so the case is closed to them from then on."""
    at = timezone.now()
    vendor = Vendor(name_zh="云财软件", name_en="Cloud Finance", email="support@vendor.example", liaison=cast.liaison)
    save_vendor(vendor=vendor, actor=cast.admin)
    case = {"subject": f"{CANARY}-CASE", "question": f"{CANARY}-QUESTION", "next_chase_at": at + timedelta(days=1)}
    open_case(ticket_id=secret.pk, wish=CaseWish(vendor, **case), actor=cast.agent, at=at)
