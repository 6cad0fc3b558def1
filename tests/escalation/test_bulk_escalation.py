"""Escalating many tickets from the queue, without scripts: what is asked once, what each knows, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from escalation.models import Escalation
from tests.factories import bring_to, make_ticket, reply, run
from tickets.models import Message, Ticket, TicketTask

pytestmark = pytest.mark.django_db

PATH = "/desk/bulk/escalate/"
SAID = {
    "action": "escalate",
    "apply": "1",
    "reason_code": "beyond_competence",
    "asked": "请查数据库",
    "access": "用户同意远程",
}


def chosen(*tickets: Ticket) -> dict[str, Any]:
    return {
        "ids": [ticket.pk for ticket in tickets],
        "versions": [f"{ticket.pk}:{ticket.version}" for ticket in tickets],
    }


@pytest.fixture
def tried(cast: Any) -> Any:
    """Makes tickets on which something was tried."""

    def make(words: str = "已重启服务", **kwargs: Any) -> Ticket:
        ticket = bring_to(make_ticket(cast.requester, **kwargs), "in_progress", cast.agent)
        reply(ticket, cast.agent, words)
        return ticket

    return make


@pytest.fixture
def agent(cast: Any, client: Any) -> Any:
    client.force_login(cast.agent)
    return client


def test_each_ticket_goes_up_with_what_it_knows(cast, agent, tried):
    tickets = [tried("已重启甲", subject="甲"), tried("已重启乙", subject="乙")]
    asked = {"action": "escalate", "view": "status=in_progress", **chosen(*tickets)}
    question = agent.post(PATH, asked, headers={"accept-language": "en"})
    assert question.status_code == 200
    assert "Escalate 2 tickets" in question.content.decode()
    assert not Escalation.objects.exists()
    body = {**SAID, "scope": "财务部全部", "view": "status=in_progress", "is_told": "on", **chosen(*tickets)}
    done = agent.post(PATH, body)
    assert (done.status_code, done["Location"]) == (303, "/desk/?status=in_progress")
    for ticket, name in zip(tickets, "甲乙", strict=True):
        escalation = Escalation.objects.get(ticket=ticket)
        parts = escalation.package.parts
        assert escalation.package.is_complete
        assert (escalation.reason, escalation.offered_to, escalation.offered_by) == (
            "beyond_competence",
            cast.lead,
            cast.agent,
        )
        assert parts["summary"].startswith(name)
        assert f"已重启{name}" in parts["attempts"]
        assert parts["scope"].startswith("财务部全部\n")
        assert len(parts["scope"].splitlines()) > 1, "its own scope stands below"
        assert (parts["asked"], parts["access"]) == ("请查数据库", "用户同意远程")
        assert parts["current_state"]
        assert ticket.events.get(code="escalate").message.is_from_desk


def test_what_lacks_a_part_is_refused_and_named(cast, agent, tried):
    good, untried = tried(), make_ticket(cast.requester)
    page = agent.post(PATH, {**SAID, **chosen(good, untried)}, headers={"accept-language": "en"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "1 changed, 1 not." in text
    assert untried.number in text
    assert "Say what was tried and what came of it." in text
    assert list(Escalation.objects.values_list("ticket", flat=True)) == [good.pk]
    untried.refresh_from_db()
    assert (untried.version, untried.escalation_level) == (1, 0)


def test_a_refused_ticket_tells_its_requester_nothing(cast, agent):
    ticket = make_ticket(cast.requester)
    agent.post(PATH, {**SAID, "is_told": "on", **chosen(ticket)})
    assert not Message.objects.filter(ticket=ticket).exists()


def test_the_word_is_in_the_requesters_language_and_may_be_left_out(cast, agent, tried):
    cast.requester.language = "zh-hans"
    cast.requester.save()
    told, quiet = tried(), tried()
    english = {"accept-language": "en"}
    agent.post(PATH, {**SAID, "is_told": "on", **chosen(told)}, headers=english)
    agent.post(PATH, {**SAID, **chosen(quiet)}, headers=english)
    assert "passed" not in told.events.get(code="escalate").message.body
    assert quiet.events.get(code="escalate").message is None


def test_stale_foreign_and_offered_tickets_stay_as_they_are(cast, agent, tried):
    stale, offered, good = tried(), tried(), tried()
    hidden = tried(subject="CANARY")
    foreign = make_ticket(cast.requester, subject="别组的")
    run(foreign, "assign", cast.lead, team=cast.applications)
    agent.post(PATH, {**SAID, **chosen(offered)})
    offered.refresh_from_db()
    body = {**SAID, **chosen(stale, offered, hidden, foreign, good)}
    reply(stale, cast.lead, "我来")
    Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True, team=cast.applications, assignee=None)
    text = agent.post(PATH, body, headers={"accept-language": "en"}).content.decode()
    assert "1 changed, 4 not." in text
    assert "Somebody changed this ticket in the meantime" in text
    assert "handed on already" in text
    assert "CANARY" not in text
    assert set(Escalation.objects.values_list("ticket", flat=True)) == {offered.pk, good.pk}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"asked": " "}, "asked"),
        ({"access": ""}, "access"),
        ({"reason_code": "overdue"}, "reason_code_0"),
        ({"reason_code": "multi_team"}, "teams_0"),
        ({"scope": "x" * 20001}, "scope"),
        ({"asked": "a\x00b"}, "asked"),
    ],
)
def test_what_is_said_for_all_is_checked_first(cast, agent, tried, answer, name):
    ticket = tried()
    page = agent.post(PATH, {**SAID, "scope": "我写的范围", **answer, **chosen(ticket)})
    text = page.content.decode()
    assert page.status_code == 422
    assert f'href="#escalate-{name}"' in text
    assert 'name="versions"' in text
    assert "请查数据库" in text or "asked" in answer, "nothing typed is lost"
    assert not Escalation.objects.exists()


def test_several_teams_get_a_task_each(cast, agent, tried):
    tickets = [tried(), tried()]
    teams = {"reason_code": "multi_team", "teams": [cast.applications.pk]}
    assert agent.post(PATH, {**SAID, **teams, **chosen(*tickets)}).status_code == 303
    assert TicketTask.objects.filter(team=cast.applications, words="请查数据库").count() == 2


def test_it_is_for_the_desk(cast, client, agent):
    assert agent.post(PATH, {"action": "escalate"})["Location"] == "/desk/"
    assert agent.get(PATH).status_code == 405
    client.force_login(cast.requester)
    assert client.post(PATH, {"action": "escalate", "ids": 1}).status_code == 404
