"""The pages of a hand-over, without scripts: escalating, the package as its receiver sees it, answering, completing."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from escalation.models import Escalation
from escalation.services import automatic
from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, make_ticket, reply
from tickets.handover import PARTS, Reason
from tickets.models import Ticket, TicketTask

pytestmark = pytest.mark.django_db

GIVEN = {"reason_code": "beyond_competence", "to_level": "", **dict.fromkeys(PARTS, "说明")}


@pytest.fixture
def ticket(cast: Any) -> Any:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent, "已重启服务，仍然报错")
    return ticket


def sign_in(client: Any, user: Any) -> Any:
    client.force_login(user)
    return client


def post(client: Any, ticket: Any, **data: Any) -> Any:
    body = {"version": ticket.version, **GIVEN, **data}
    return client.post(reverse("escalation:escalate", args=[ticket.number]), body)


def test_the_form_knows_what_the_ticket_knows(cast, client, ticket):
    page = sign_in(client, cast.agent).get(reverse("escalation:escalate", args=[ticket.number]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "已重启服务，仍然报错" in text
    assert "赵磊" in text, "who is asked is named before"
    assert "<legend>交给谁？</legend>" in text, "one is chosen beforehand, so it isn't optional"
    assert 'value="4"' in text, "four of six parts are known"


def test_what_is_missing_is_named_and_what_was_typed_stays(cast, client, ticket):
    page = post(sign_in(client, cast.agent), ticket, asked="", summary="我写的摘要")
    assert page.status_code == 422
    assert "我写的摘要" in page.content.decode()
    assert 'aria-invalid="true"' in page.content.decode()
    assert not Escalation.objects.exists()


def test_the_preview_sends_nothing(cast, client, ticket):
    page = post(sign_in(client, cast.agent), ticket, preview="1", summary="给接手人看的摘要")
    assert page.status_code == 200
    assert "给接手人看的摘要" in page.content.decode()
    assert not Escalation.objects.exists()


def test_the_requester_is_told_in_the_same_act(cast, client, ticket):
    OutboxMessage.objects.all().delete()
    answer = post(sign_in(client, cast.agent), ticket, message="已转给应用组处理")
    assert answer.status_code == 303
    assert Escalation.objects.get().offered_to == cast.lead
    event = ticket.events.get(code="escalate")
    assert event.message.body == "已转给应用组处理"
    assert OutboxMessage.objects.filter(recipient=cast.requester, topic="reply", channel="email").count() == 1


def test_a_ticket_that_moved_on_shows_what_is_new(cast, client, ticket):
    seen = ticket.version
    reply(ticket, cast.lead, "我已经联系了厂商")
    ticket.version = seen
    page = post(sign_in(client, cast.agent), ticket)
    assert page.status_code == 409
    assert "我已经联系了厂商" in page.content.decode()


def test_the_receiver_reads_the_package_and_takes_over(cast, client, ticket):
    post(sign_in(client, cast.agent), ticket, current_state="等待接手")
    row = Escalation.objects.get()
    client = sign_in(client, cast.lead)
    assert "等待接手" in client.get(reverse("escalation:escalation", args=[row.pk])).content.decode()
    assert ticket.number in client.get(reverse("escalation:escalations")).content.decode()
    assert client.post(reverse("escalation:accept", args=[row.pk])).status_code == 303
    ticket.refresh_from_db()
    assert ticket.assignee == cast.lead


def test_sending_back_without_a_reason_keeps_the_page(cast, client, ticket):
    post(sign_in(client, cast.agent), ticket)
    row = Escalation.objects.get()
    client = sign_in(client, cast.lead)
    assert client.post(reverse("escalation:send_back", args=[row.pk]), {"reason": " "}).status_code == 422
    answer = client.post(reverse("escalation:send_back", args=[row.pk]), {"reason": "请附上日志"})
    assert answer.status_code == 303
    row.refresh_from_db()
    assert (row.state, row.answer) == ("returned", "请附上日志")


def test_the_holder_completes_what_the_clock_handed_on(cast, client, ticket):
    automatic.escalate(ticket, reason=Reason.OVERDUE, at=ticket.updated_at)
    row = Escalation.objects.get()
    client = sign_in(client, cast.agent)
    path = reverse("escalation:complete", args=[row.pk])
    assert "已重启服务" in client.get(path).content.decode()
    assert client.post(path, {"summary": "x"}).status_code == 422
    assert client.post(path, dict.fromkeys(PARTS, "说明")).status_code == 303
    row.refresh_from_db()
    assert row.package.is_complete


def test_the_workspace_draws_the_way_and_the_tasks(cast, client, ticket):
    post(sign_in(client, cast.agent), ticket, reason_code="multi_team", teams=[cast.applications.pk])
    client = sign_in(client, cast.lead)
    page = client.get(reverse("desk:ticket", args=[ticket.number])).content.decode()
    assert reverse("escalation:escalation", args=[Escalation.objects.get().pk]) in page
    task = TicketTask.objects.get()
    path = reverse("desk:task_end", args=[task.pk])
    assert path in page
    assert client.post(path, {"state": "done", "result": ""}).status_code == 422
    assert client.post(path, {"state": "done", "result": "已查"}).status_code == 303
    task.refresh_from_db()
    assert task.state == "done"


def test_requesters_see_level_and_person_and_nothing_internal(cast, client, ticket):
    post(sign_in(client, cast.agent), ticket, summary="CANARY-package", message="")
    client = sign_in(client, cast.requester)
    page = client.get(reverse("portal:ticket", args=[ticket.number])).content.decode()
    assert "L2" in page
    assert "赵磊" in page
    assert "CANARY-package" not in page
    row = Escalation.objects.get()
    assert client.get(reverse("escalation:escalation", args=[row.pk])).status_code == 404
    assert client.get(reverse("escalation:escalations")).status_code == 404
    Ticket.objects.get(pk=ticket.pk)


def test_who_may_not_work_on_a_ticket_cannot_hand_it_on(cast, client, ticket):
    assert post(sign_in(client, cast.admin), ticket).status_code == 403
    assert not Escalation.objects.exists()
