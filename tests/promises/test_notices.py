"""Who is told of promises, windows and requests for action, and what they read."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, make_ticket
from tests.notifications.acts import deliver
from tests.promises.conftest import DAY, HOUR, ask_action, propose, window
from tickets.models.asking import Asking
from tickets.services.agreements.actions import answer_action
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.promises import accept_counter, answer_proposal
from tickets.services.agreements.windows import answer_window
from tickets.services.timers import run_due

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everybody_reads_english(cast, ticket):
    for person in (cast.requester, cast.agent):
        person.language = "en"
        person.save()
    ticket.watcher_rows.create(user=cast.colleague)
    deliver()


def told(topic):
    return sorted(
        OutboxMessage.objects.filter(topic=topic, channel="email").values_list("recipient__username", flat=True)
    )


def newest(mailoutbox, person):
    return [mail for mail in mailoutbox if mail.to == [person.email]][-1]


@pytest.mark.parametrize("ask", [propose, window, ask_action])
def test_the_mail_leads_to_the_question_without_signing_in(cast, ticket, client, settings, mailoutbox, ask):
    row = ask(ticket, cast.agent)
    deliver()
    mail = newest(mailoutbox, cast.requester)
    url = re.search(r"https?://\S+/tickets/answer/\S+", mail.body)[0]
    page = client.get(url.removeprefix(settings.SITE_URL))
    assert page.status_code == 200
    for text in (row.words, row.words):
        assert text in mail.body and text in str(mail.alternatives[0][0])


def test_only_the_requester_is_asked(cast, ticket):
    propose(ticket, cast.agent)
    window(ticket, cast.agent)
    ask_action(ticket, cast.agent)
    for topic in ("new_time_proposed", "window_proposed", "action_requested"):
        assert told(topic) == ["requester"]
    assert told("action_needed") == [], "one mail is enough"


def test_the_assignee_hears_answers_and_silence(cast, ticket, mailoutbox):
    at = timezone.now()
    row = propose(ticket, cast.agent)
    counter_at = at + 2 * HOUR
    answer = Answer(cast.requester, Asking.Via.PORTAL, at, "我下午要用")
    answer_proposal(proposal_id=row.pk, is_accepted=False, counter_at=counter_at, answer=answer)
    deliver()
    assert "我下午要用" in newest(mailoutbox, cast.agent).body
    accept_counter(proposal_id=row.pk, actor=cast.agent, at=at)
    deliver()
    assert "agreed to your suggestion" in newest(mailoutbox, cast.requester).body
    first = window(ticket, cast.agent, answer_by_at=at + HOUR)
    run_due(at=at + HOUR)
    first.refresh_from_db()
    second = window(ticket, cast.agent)
    answer_window(window_id=second.pk, is_accepted=True, answer=Answer(cast.requester, Asking.Via.PORTAL, at))
    third = ask_action(ticket, cast.agent)
    answer_action(request_id=third.pk, is_done=False, answer=Answer(cast.requester, Asking.Via.PORTAL, at, "没有权限"))
    ask_action(ticket, cast.agent, answer_by_at=at + HOUR)
    run_due(at=at + HOUR)
    for topic in ("new_time_answered", "window_lapsed", "window_answered", "action_answered", "action_lapsed"):
        assert told(topic) == ["agent"], topic


def test_a_spoken_answer_is_told_to_who_is_said_to_have_given_it(cast, ticket, mailoutbox):
    rows = [propose(ticket, cast.agent), window(ticket, cast.agent), ask_action(ticket, cast.agent)]
    answer = Answer(cast.agent, Asking.Via.SPOKEN, timezone.now(), "电话里说可以")
    answer_proposal(proposal_id=rows[0].pk, is_accepted=True, answer=answer)
    answer_window(window_id=rows[1].pk, is_accepted=True, answer=answer)
    answer_action(request_id=rows[2].pk, is_done=True, done=[1, 2], answer=answer)
    deliver()
    mails = [mail for mail in mailoutbox if "spoken answer" in mail.subject]
    assert [mail.to for mail in mails] == [[cast.requester.email]] * 3
    assert all("电话里说可以" in mail.body and "write to us" in mail.body for mail in mails)
    assert told("new_time_answered") == []


def test_a_passed_promise_is_told_to_who_has_the_ticket(cast, ticket, mailoutbox):
    at = timezone.now()
    row = propose(ticket, cast.agent, proposed_at=at + HOUR)
    answer_proposal(proposal_id=row.pk, is_accepted=True, answer=Answer(cast.requester, Asking.Via.PORTAL, at))
    run_due(at=at + HOUR)
    run_due(at=at + DAY)
    assert told("promise_passed") == ["agent"]
    deliver(at + DAY)
    assert "was promised for" in newest(mailoutbox, cast.agent).body


def test_reminders_go_to_the_requester_with_the_link(cast, ticket, mailoutbox):
    row = ask_action(ticket, cast.agent)
    run_due(at=row.due_at)
    deliver(row.due_at)
    mail = newest(mailoutbox, cast.requester)
    assert "We still wait for you" in mail.body and "/tickets/answer/" in mail.body and "导出日志" in mail.body


def test_the_mail_that_somebody_took_it_on_names_the_promise(cast, give_policy, mailoutbox):
    give_policy()
    at = timezone.now()
    bring_to(make_ticket(cast.requester, at=at), "in_progress", cast.agent, at=at)
    deliver()
    mail = next(mail for mail in mailoutbox if "Taken on" in mail.subject and "expect" in mail.body)
    assert "We expect to solve it by" in str(mail.alternatives[0][0])
