"""Agreeing on times and actions through the pages of both sides."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_ticket, resolution, run
from tests.portal.reading import text_of
from tests.promises.conftest import DAY, HOUR, ask_action, propose, window
from tickets.models import ActionRequest, TimeProposal, WorkWindow
from tickets.services import audit
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.promises import answer_proposal
from tickets.services.signed_links import Link, sign

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo(settings.TIME_ZONE)


def typed(moment):
    return f"{moment.astimezone(ZONE):%Y-%m-%dT%H:%M}"


def question_url(ticket, row):
    return reverse("portal:ticket_question", args=[ticket.number, row.KIND, row.pk])


def link_url(row, person):
    return reverse("portal:answer", args=[sign(Link(row.KIND, row.pk, person))])


def promised(ticket, cast, at, promised_at):
    row = propose(ticket, cast.agent, at=at, proposed_at=promised_at)
    answer_proposal(proposal_id=row.pk, is_accepted=True, answer=Answer(cast.requester, "portal", at))
    ticket.refresh_from_db()


# --- The desk -----------------------------------------------------------------------------------------------------------


def test_the_desk_proposes_a_new_time(cast, ticket, as_user):
    desk = as_user(cast.agent)
    page = desk.get(f"/desk/tickets/{ticket.number}/")
    assert f'href="/desk/tickets/{ticket.number}/promises/' in page.content.decode()
    assert "Nothing is promised yet." in text_of(page)
    url = reverse("desk:promise_new", args=[ticket.number])
    assert desk.get(url).status_code == 200
    assert "<html" not in desk.get(url, headers={"HX-Request": "true"}).content.decode()
    wrong = {"reason_code": "vendor", "words": "等补丁", "proposed_at": typed(timezone.now() - DAY)}
    refused = desk.post(url, wrong)
    assert refused.status_code == 422
    assert "Choose a time in the future." in text_of(refused) and "等补丁" in text_of(refused)
    at = timezone.now() + DAY
    sent = desk.post(url, {**wrong, "proposed_at": typed(at), "meanwhile": "请用共享电脑"})
    assert (sent.status_code, sent["Location"]) == (303, f"/desk/tickets/{ticket.number}/")
    row = TimeProposal.objects.get()
    assert (typed(row.proposed_at), row.meanwhile, row.answer_by_at) == (typed(at), "请用共享电脑", row.proposed_at)
    again = desk.post(url, {**wrong, "proposed_at": typed(at)})
    assert again.status_code == 409
    assert "This waits for an answer already." in text_of(again) and "等补丁" in text_of(again)
    shown = text_of(desk.get(f"/desk/tickets/{ticket.number}/"))
    assert "New time proposed" in shown and "the user can answer until" in shown


def test_the_desk_records_a_spoken_answer_and_accepts_a_suggestion(cast, ticket, as_user):
    desk, row = as_user(cast.agent), propose(ticket, cast.agent)
    url = reverse("desk:promise_spoken", args=[ticket.number, row.pk])
    assert desk.post(url, {"answer": "no", "words": ""}).status_code == 422
    wished = timezone.now() + 2 * HOUR
    sent = desk.post(url, {"answer": "no", "words": "电话里说的", "counter_at": typed(wished)})
    assert sent.status_code == 303
    row.refresh_from_db()
    assert (row.via, row.recorded_by, typed(row.counter_at)) == ("spoken", cast.agent, typed(wished))
    assert desk.get(url).status_code == 409
    shown = text_of(desk.get(f"/desk/tickets/{ticket.number}/"))
    assert "The user declined and suggests" in shown and "Promise this time" in shown
    assert desk.post(reverse("desk:promise_counter", args=[ticket.number, row.pk])).status_code == 303
    ticket.refresh_from_db()
    assert (ticket.promise_state, ticket.promised_at) == ("agreed", row.counter_at)
    assert audit.verify() == []


def test_the_desk_proposes_a_window_and_asks_for_steps(cast, ticket, as_user):
    desk = as_user(cast.agent)
    begin = timezone.now() + DAY
    url = reverse("desk:window_new", args=[ticket.number])
    given = {"starts_at": typed(begin), "ends_at": typed(begin - HOUR), "words": "重启服务器"}
    refused = desk.post(url, given)
    assert refused.status_code == 422 and "The end has to come after the beginning." in text_of(refused)
    assert desk.post(url, {**given, "ends_at": typed(begin + HOUR)}).status_code == 303
    row = WorkWindow.objects.get()
    spoken = reverse("desk:window_spoken", args=[ticket.number, row.pk])
    assert desk.post(spoken, {"answer": "yes", "words": "电话里说可以"}).status_code == 303
    ticket.refresh_from_db()
    assert ticket.waiting_reason_id == "scheduled"
    url = reverse("desk:action_new", args=[ticket.number])
    steps = "\n".join(f"第 {number} 步" for number in range(12))
    given = {"words": "看日志", "steps": steps, "answer_by_at": typed(begin)}
    refused = desk.post(url, given)
    assert refused.status_code == 422
    assert "A request has at most 10 steps; yours has 12." in text_of(refused)
    assert desk.post(url, {**given, "steps": "打开\n\n导出\n"}).status_code == 303
    row = ActionRequest.objects.get()
    assert [step.words for step in row.steps.all()] == ["打开", "导出"]
    shown = text_of(desk.get(f"/desk/tickets/{ticket.number}/"))
    assert "Asked of the user" in shown and "导出" in shown
    spoken = reverse("desk:action_spoken", args=[ticket.number, row.pk])
    assert "1. 打开" in text_of(desk.get(spoken))
    assert desk.post(spoken, {"answer": "yes", "done": ["1", "2"], "words": "做完了"}).status_code == 303
    row.refresh_from_db()
    assert (row.is_done, row.done) == (True, [1, 2])


def test_the_desk_takes_back_what_it_asked(cast, ticket, as_user):
    desk = as_user(cast.agent)
    for row in (propose(ticket, cast.agent), window(ticket, cast.agent), ask_action(ticket, cast.agent)):
        url = reverse("desk:agreement_cancel", args=[ticket.number, row.KIND, row.pk])
        assert desk.get(url).status_code == 405
        assert desk.post(url).status_code == 303
        row.refresh_from_db()
        assert row.state == "cancelled"
        assert desk.post(url).status_code == 409
    assert desk.post(reverse("desk:agreement_cancel", args=[ticket.number, "consent", 1])).status_code == 404


def test_other_teams_and_requesters_are_kept_out(cast, ticket, as_user):
    run(ticket, "assign", cast.lead, team=cast.first_line)
    row = propose(ticket, cast.agent)
    other = make_ticket(cast.requester)
    paths = [
        reverse("desk:promise_new", args=[ticket.number]),
        reverse("desk:window_new", args=[ticket.number]),
        reverse("desk:action_new", args=[ticket.number]),
        reverse("desk:promise_spoken", args=[ticket.number, row.pk]),
    ]
    for person, status in ((cast.agent2, 403), (cast.requester, 404), (cast.colleague, 404)):
        assert {as_user(person).get(path).status_code for path in paths} == {status}
    assert as_user(cast.agent).get(reverse("desk:promise_spoken", args=[other.number, row.pk])).status_code == 404
    assert "Agree a new time" not in text_of(as_user(cast.agent2).get(f"/desk/tickets/{ticket.number}/"))


def test_a_passed_promise_shows_wherever_the_ticket_does(cast, ticket, as_user, browse):
    at = timezone.now()
    promised(ticket, cast, at - 3 * HOUR, at - HOUR)
    calm = make_ticket(cast.requester)
    desk = as_user(cast.agent)
    for path in ("/desk/", "/desk/?promise=passed", f"/desk/tickets/{ticket.number}/"):
        assert "Promise passed, agree a new time" in text_of(desk.get(path)), path
    narrowed = text_of(desk.get("/desk/?promise=passed"))
    assert ticket.number in narrowed and calm.number not in narrowed
    assert "Passed, we owe you a new time" in text_of(browse(cast.requester).get(f"/tickets/{ticket.number}/"))
    propose(ticket, cast.agent)
    assert "Promise passed, new time proposed" in text_of(desk.get("/desk/?promise=proposed"))
    run(ticket, "resolve", cast.agent, **resolution())
    assert "Promise passed" not in text_of(desk.get(f"/desk/tickets/{ticket.number}/")).replace("Promise passed 0", "")
    assert "Fix sent late" in text_of(browse(cast.requester).get(f"/tickets/{ticket.number}/"))


def test_the_filter_tells_the_standings_apart(cast, ticket, as_user):
    at = timezone.now()
    promised(ticket, cast, at, at + DAY)
    desk = as_user(cast.agent)

    def found(value):
        return ticket.number in text_of(desk.get(f"/desk/?promise={value}"))

    assert [found(value) for value in ("agreed", "proposed", "declined", "passed")] == [True, False, False, False]
    row = propose(ticket, cast.agent)
    assert [found(value) for value in ("agreed", "proposed", "declined", "passed")] == [False, True, False, False]
    answer = Answer(cast.requester, "portal", timezone.now(), "太晚")
    answer_proposal(proposal_id=row.pk, is_accepted=False, answer=answer)
    assert [found(value) for value in ("agreed", "proposed", "declined", "passed")] == [False, False, True, False]


# --- The portal -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["link", "portal"])
def test_the_requester_answers_a_proposed_time(cast, ticket, browse, way):
    row = propose(ticket, cast.agent, meanwhile="请用共享电脑")
    client = browse(cast.requester if way == "portal" else None)
    url = question_url(ticket, row) if way == "portal" else link_url(row, cast.requester)
    page = text_of(client.get(url))
    assert "等厂商的补丁" in page and "请用共享电脑" in page
    refused = client.post(url, {"answer": "decline"})
    assert refused.status_code == 422
    bad = client.post(url, {"answer": "decline", "counter_at": "morgen", "words": "我要用"})
    assert bad.status_code == 422 and "我要用" in bad.content.decode() and "morgen" in bad.content.decode()
    accepted = client.post(url, {"answer": "accept"})
    assert accepted.status_code == (303 if way == "portal" else 200)
    row.refresh_from_db()
    assert (row.is_accepted, row.via) == (True, way)
    assert client.get(url).status_code == 404
    assert client.post(url, {"answer": "accept"}).status_code == (409 if way == "portal" else 404)


def test_the_requester_suggests_a_time(cast, ticket, browse):
    row, client = propose(ticket, cast.agent), browse(cast.requester)
    wished = timezone.now() + 2 * HOUR
    url = question_url(ticket, row)
    assert client.post(url, {"answer": "decline", "counter_at": typed(wished)}).status_code == 303
    row.refresh_from_db()
    assert typed(row.counter_at) == typed(wished)
    story = text_of(client.get(f"/tickets/{ticket.number}/"))
    assert "You declined" in story and "and suggested" in story


@pytest.mark.parametrize("way", ["link", "portal"])
def test_the_requester_answers_a_window(cast, ticket, browse, way):
    row = window(ticket, cast.agent, affected="大家都不能用财务系统")
    client = browse(cast.requester if way == "portal" else None)
    url = question_url(ticket, row) if way == "portal" else link_url(row, cast.requester)
    assert "大家都不能用财务系统" in text_of(client.get(url))
    assert client.post(url, {"answer": "decline"}).status_code == 422
    client.post(url, {"answer": "decline", "words": "周五以后"})
    row.refresh_from_db()
    assert (row.is_accepted, row.answer_words) == (False, "周五以后")


@pytest.mark.parametrize("way", ["link", "portal"])
def test_the_requester_ticks_the_steps(cast, ticket, browse, way):
    row = ask_action(ticket, cast.agent)
    client = browse(cast.requester if way == "portal" else None)
    url = question_url(ticket, row) if way == "portal" else link_url(row, cast.requester)
    assert "导出日志" in text_of(client.get(url))
    refused = client.post(url, {"answer": "done", "done": ["1"]})
    assert refused.status_code == 422
    assert 'value="1" checked' in refused.content.decode()
    client.post(url, {"answer": "done", "done": ["1", "2"]})
    row.refresh_from_db()
    ticket.refresh_from_db()
    assert (row.is_done, ticket.status) == (True, "in_progress")
    if way == "portal":
        story = text_of(client.get(f"/tickets/{ticket.number}/"))
        assert "asked for some steps" in story and "asked for an answer" not in story


def test_looking_at_a_question_changes_nothing(cast, ticket, browse):
    rows = [propose(ticket, cast.agent), window(ticket, cast.agent), ask_action(ticket, cast.agent)]
    for row in rows:
        for _ in range(2):
            assert browse(None).get(link_url(row, cast.requester)).status_code == 200
        row.refresh_from_db()
        assert row.is_open


def test_questions_are_only_for_the_requester_and_only_in_time(cast, ticket, browse):
    ticket.watcher_rows.create(user=cast.colleague)
    rows = [propose(ticket, cast.agent), window(ticket, cast.agent), ask_action(ticket, cast.agent)]
    for row in rows:
        assert browse(cast.colleague).get(question_url(ticket, row)).status_code == 404
        assert browse(None).get(link_url(row, cast.colleague)).status_code == 404
        type(row).objects.filter(pk=row.pk).update(answer_by_at=timezone.now() - timedelta(seconds=1))
        assert browse(None).get(link_url(row, cast.requester)).status_code == 404
    assert browse(None).post(link_url(rows[0], cast.requester), {"answer": "accept"}).status_code == 404
