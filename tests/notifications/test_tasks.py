"""What teams read of their tasks: the task itself, in mail and notification centre, and only who may read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.accounts.models import TeamMembership
from helpdesk.common.models import OutboxMessage
from notifications.models import Notification
from tests.factories import bring_to, make_ticket
from tests.notifications.acts import deliver, mail_rows
from tickets.models import Ticket, TicketTask
from tickets.services.tasks import add_task, end_task

pytestmark = pytest.mark.django_db

WORDS = "查 <b>数据库</b> 日志\n从 9 点开始"
RESULT = "连接池已满，已扩容"


@pytest.fixture
def ticket(cast: Any) -> Ticket:
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    deliver()
    return ticket


@pytest.fixture
def task(cast: Any, ticket: Ticket) -> TicketTask:
    """A task for a team without a lead, whose people are told."""
    return add_task(ticket_id=ticket.pk, team=cast.applications, words=WORDS, actor=cast.agent, at=timezone.now())


def end(task: TicketTask, actor: Any, state: str = "done") -> None:
    end_task(task_id=task.pk, state=TicketTask.State(state), result=RESULT, actor=actor, at=timezone.now())


def centre_of(person: Any) -> str:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(person)
    return client.get("/notifications/").content.decode()


def html_of(mail: Any) -> str:
    return str(mail.alternatives[0][0])


def test_a_team_reads_what_is_asked_of_it(cast, task, mailoutbox):
    cast.agent2.language = "en"
    cast.agent2.save()
    mailoutbox.clear()
    deliver()
    mails = {mail.to[0]: mail for mail in mailoutbox}
    assert sorted(mails) == ["agent2@example.com", "liaison@example.com"]
    mail = mails["agent2@example.com"]
    assert f"What is to be done?\n{WORDS}\n\nTeam\nApplications" in mail.body
    assert task.ticket.subject in mail.body
    assert "查 &lt;b&gt;数据库&lt;/b&gt; 日志<br>从 9 点开始" in html_of(mail)
    page = centre_of(cast.agent2)
    assert "<bdi>查 &lt;b&gt;数据库&lt;/b&gt; 日志\n从 9 点开始</bdi>" in page
    assert "Applications" in page


@pytest.mark.parametrize(("state", "word"), [("done", "Done"), ("dropped", "Dropped")])
def test_who_has_the_ticket_reads_what_came_of_it(cast, task, mailoutbox, state, word):
    cast.agent.language = "en"
    cast.agent.save()
    deliver()
    mailoutbox.clear()
    end(task, cast.agent2, state)
    deliver()
    (mail,) = mailoutbox
    assert mail.to == ["agent@example.com"]
    assert WORDS in mail.body
    assert f"{word}\n{RESULT}" in mail.body
    assert RESULT in html_of(mail)
    assert f"· {word} · <bdi>{RESULT}</bdi>" in centre_of(cast.agent)


def test_nothing_of_the_task_is_stored_beside_it(cast, task):
    deliver()
    stored = [str(row.payload) for row in OutboxMessage.objects.filter(topic="task_added")]
    stored += [str(row.facts) for row in Notification.objects.filter(topic="task_added")]
    assert stored
    assert "数据库" not in "".join(stored)


def test_who_no_longer_works_at_the_desk_is_told_nothing(cast, task, mailoutbox):
    """Not even where the ticket is their own."""
    Ticket.objects.filter(pk=task.ticket_id).update(requester=cast.agent2)
    TeamMembership.objects.filter(user=cast.agent2).delete()
    cast.agent2.is_agent = False
    cast.agent2.save()
    mailoutbox.clear()
    deliver()
    assert [mail.to for mail in mailoutbox] == [["liaison@example.com"]]
    (row,) = mail_rows(topic="task_added", recipient=cast.agent2)
    assert (row.state, row.last_error) == ("skipped", "not_visible")


def test_a_line_that_was_delivered_hides_the_task_from_who_may_no_longer_see_it(cast, task):
    deliver()
    assert "数据库" in centre_of(cast.agent2)
    Ticket.objects.filter(pk=task.ticket_id).update(requester=cast.agent2)
    TeamMembership.objects.filter(user=cast.agent2).delete()
    cast.agent2.is_agent = False
    cast.agent2.save()
    page = centre_of(cast.agent2)
    assert "数据库" not in page
    assert "This is no longer there, or you may no longer see it." in page


def test_many_tasks_are_looked_up_at_once(cast, task):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(cast.agent2)
    costs = []
    for count in (1, 20):
        for number in range(count):
            add_task(
                ticket_id=task.ticket_id, team=cast.applications, words=f"{number}", actor=cast.lead, at=timezone.now()
            )
        deliver()
        with CaptureQueriesContext(connection) as queries:
            assert (
                client.get("/notifications/").content.decode().count('class="why"')
                == Notification.objects.filter(recipient=cast.agent2).count()
            )
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 13, costs
