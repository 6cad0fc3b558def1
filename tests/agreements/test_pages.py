"""The pages of diagnosis, consent and sessions: the desk's, the requester's, and the links in mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.agreements.acts import allow, ask, connect, finish, plan
from tests.cast import Cast
from tests.factories import make_ticket
from tests.notifications.acts import deliver
from tests.notifications.sink import text_of
from tickets.models import Consent, DiagnosisStep, RemoteSession, Ticket
from tickets.services.signed_links import Link, sign

pytestmark = pytest.mark.django_db
AsUser = Callable[..., Client]


def desk(ticket: Ticket, rest: str = "") -> str:
    return f"/desk/tickets/{ticket.number}/{rest}"


def in_hours(hours: int) -> str:
    return timezone.localtime(timezone.now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def consent_form(**fields: object) -> dict[str, object]:
    return {
        "items": ["view_screen", "read_data"],
        "purpose": "看报错现场",
        "changes": "不改动",
        "data_named": "浏览器配置",
        "backup": "not_needed",
        "valid_for": "30",
        "answer_by_at": in_hours(8),
        **fields,
    }


def guard(client: Client, ticket: Ticket) -> str:
    page = client.get(desk(ticket)).content.decode()
    return re.search(r'<div id="guard">.*?<span>(.*?)</span>', page, re.DOTALL)[1]


class TestDesk:
    def test_the_strip_says_what_may_be_touched(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        agent = as_user(cast.agent)
        assert "Nothing is allowed yet" in guard(agent, ticket)
        plan(ticket, cast.agent, "control")
        assert "Not allowed by 王敏" in guard(agent, ticket)
        asked = ask(ticket, cast.agent, "control")
        assert "Waiting for 王敏" in guard(agent, ticket)
        consent = allow(asked, "control")
        assert "王敏 allows: Control the mouse and keyboard" in guard(agent, ticket)
        Consent.objects.filter(pk=consent.pk).update(valid_until_at=timezone.now() - timedelta(minutes=1))
        assert "Not allowed by 王敏" in guard(agent, ticket)

    def test_an_open_page_learns_of_the_answer(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        asked = ask(ticket, cast.agent)
        agent = as_user(cast.agent)
        page = agent.get(desk(ticket)).content.decode()
        poll = re.search(r'hx-get="([^"]*news[^"]*)"', page)[1].replace("&amp;", "&")
        assert agent.get(poll).status_code == 204
        allow(asked, "view_screen")
        news = agent.get(poll).content.decode()
        assert 'hx-swap-oob="true"' in news and "allows: See the screen" in news
        poll = re.search(r'hx-get="([^"]*news[^"]*)"', news)[1].replace("&amp;", "&")
        Consent.objects.update(valid_until_at=timezone.now() - timedelta(minutes=1))
        assert "has run out" in agent.get(poll).content.decode()

    def test_asking_from_the_planned_steps(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        plan(ticket, cast.agent, "read_data")
        agent = as_user(cast.agent)
        form = agent.get(desk(ticket, "consents/")).context["form"]
        assert form.initial["items"] == ["read_data"]
        refused = agent.post(desk(ticket, "consents/"), consent_form(data_named="", changes="我改了这里"))
        assert refused.status_code == 422
        assert "Name the data that you mean." in refused.content.decode() and "我改了这里" in refused.content.decode()
        assert agent.post(desk(ticket, "consents/"), consent_form()).status_code == 303
        assert [item.code for item in Consent.objects.get().items.all()] == ["view_screen", "read_data"]

    def test_reminding_from_the_strip(self, cast: Cast, as_user: AsUser, ticket: Ticket, sink) -> None:
        agent = as_user(cast.agent)
        assert "Ask for consent" in agent.get(desk(ticket)).content.decode()
        at = timezone.now() - timedelta(hours=2)
        asked = ask(ticket, cast.agent, at=at)
        url = reverse("desk:consent_remind", args=[asked.pk])
        assert f'href="{url}" data-dialog>Remind</a>' in agent.get(desk(ticket)).content.decode()
        assert "查看报错现场" in agent.get(url).content.decode()
        assert Consent.objects.get().reminders_sent == 0
        assert agent.post(url).status_code == 303
        page = agent.get(desk(ticket)).content.decode()
        assert "reminded the requester of the request for consent" in page
        again = agent.post(url)
        assert again.status_code == 409 and "was asked within the last hour" in again.content.decode()
        deliver()
        mail = text_of([mail for mail in sink.mails if mail["To"] == cast.requester.email][-1])
        assert "还在等您授权" in mail and "查看报错现场" in mail and "/tickets/answer/" in mail
        portal = as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()
        assert "sent a reminder of the question about permission" in portal

    def test_writing_down_what_was_said(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        asked = ask(ticket, cast.agent, "view_screen", "control")
        url = reverse("desk:consent_spoken", args=[asked.pk])
        agent = as_user(cast.agent)
        assert agent.post(url, {"allowed": ["control"]}).status_code == 422
        assert agent.post(url, {"allowed": ["control"], "words": "电话里同意"}).status_code == 303
        page = agent.get(desk(ticket)).content.decode()
        assert "Answered by word of mouth" in page
        again = agent.post(url, {"allowed": [], "words": "再来"})
        assert again.status_code == 409 and "再来" in again.content.decode()

    def test_a_session_needs_consent_and_is_ended_with_words(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        agent = as_user(cast.agent)
        form = {"scope": "view_screen", "tool": "RustDesk", "device": "PC-20417"}
        refused = agent.post(desk(ticket, "session/"), form)
        assert refused.status_code == 409 and "Ask for consent first" in refused.content.decode()
        allow(ask(ticket, cast.agent), "view_screen")
        assert agent.post(desk(ticket, "session/"), form).status_code == 303
        session = RemoteSession.objects.get()
        url = reverse("desk:session_end", args=[session.pk])
        assert agent.post(url, {"done": ""}).status_code == 422
        assert agent.post(url, {"done": "看了报错", "recording": "录屏 17"}).status_code == 303
        page = agent.get(desk(ticket, "?tab=diagnosis")).content.decode()
        assert "看了报错" in page and "录屏 17" in page

    def test_the_log_of_a_diagnosis(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        agent = as_user(cast.agent)
        url = desk(ticket, "steps/")
        assert agent.post(url, {"kind": "test", "action": ""}).status_code == 422
        step = {"kind": "change", "action": "重建配置", "hypothesis": "配置损坏", "touches": ["change_data"]}
        assert agent.post(url, step).status_code == 303
        planned = DiagnosisStep.objects.get()
        end = reverse("desk:step_end", args=[planned.pk])
        refused = agent.post(end, {"finding": "worked", "result": "好了", "minutes": "5"})
        assert (
            refused.status_code == 409
            and "Change data" in refused.content.decode()
            and "好了" in refused.content.decode()
        )
        page = agent.get(desk(ticket, "?tab=diagnosis")).content.decode()
        assert "Before a solution can be proposed:" in page and end in page
        assert agent.post(end, {"drop": "1", "result": ""}).status_code == 422
        assert agent.post(end, {"drop": "1", "result": "换了电脑"}).status_code == 303
        done = {"kind": "test", "action": "ping 网关", "finding": "ruled_out", "result": "正常", "evidence": "0 % loss"}
        assert agent.post(url, done).status_code == 303
        page = agent.get(desk(ticket, "?tab=diagnosis")).content.decode()
        assert "This is not the cause" in page and "Before a solution" not in page

    def test_evidence_files_stay_inside(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        files = [SimpleUploadedFile("trace.log", "超时".encode(), "text/plain")]
        step = {"kind": "test", "action": "抓包", "finding": "confirmed", "files": files}
        assert as_user(cast.agent).post(desk(ticket, "steps/"), step).status_code == 303
        file = DiagnosisStep.objects.get().files.get()
        assert "trace.log" in as_user(cast.agent).get(desk(ticket, "?tab=diagnosis")).content.decode()
        assert as_user(cast.agent).get(f"/files/{file.uuid}").status_code == 200
        assert as_user(cast.requester).get(f"/files/{file.uuid}").status_code == 404
        assert "trace.log" not in as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()

    def test_other_teams_and_requesters_have_no_way_in(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        asked = ask(ticket, cast.agent)
        step = plan(ticket, cast.agent)
        for path in (
            desk(ticket, "consents/"),
            desk(ticket, "session/"),
            desk(ticket, "steps/"),
            reverse("desk:consent_spoken", args=[asked.pk]),
            reverse("desk:consent_cancel", args=[asked.pk]),
            reverse("desk:step_end", args=[step.pk]),
        ):
            assert as_user(cast.agent2).post(path, {"words": "x"}).status_code == 403, path
            assert as_user(cast.requester).post(path, {"words": "x"}).status_code in (403, 404), path
        assert Consent.objects.get().is_open


class TestPortal:
    def test_the_card_asks_and_the_answer_stands_in_both_timelines(
        self, cast: Cast, as_user: AsUser, ticket: Ticket
    ) -> None:
        asked = ask(ticket, cast.agent, "view_screen", "read_data")
        me = as_user(cast.requester)
        page = me.get(f"/tickets/{ticket.number}/").content.decode()
        url = reverse("portal:ticket_question", args=[ticket.number, "consent", asked.pk])
        assert url in page and "One thing needs your decision" in page
        assert "we need your decision" in me.get("/").content.decode()
        unsure = me.post(url, {"answer": "allow"})
        assert unsure.status_code == 422 and "Choose what you allow" in unsure.content.decode()
        assert me.post(url, {"answer": "allow", "allowed": ["view_screen"]}).status_code == 303
        page = me.get(f"/tickets/{ticket.number}/").content.decode()
        assert "You allowed: See the screen." in page and "Take it back" in page
        late = me.post(url, {"answer": "nothing"})
        assert late.status_code == 409
        assert (
            "王敏 allowed: See the screen. Refused: Read data."
            in as_user(cast.agent).get(desk(ticket, "?tab=system")).content.decode()
        )

    def test_taking_it_back(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        consent = allow(ask(ticket, cast.agent), "view_screen")
        connect(ticket, cast.agent)
        me = as_user(cast.requester)
        url = reverse("portal:ticket_question", args=[ticket.number, "withdraw", consent.pk])
        assert me.get(url).status_code == 200
        assert RemoteSession.objects.get().ended_at is None
        assert me.post(url, {"words": "我要开会了"}).status_code == 303
        assert RemoteSession.objects.get().ended_at is not None
        assert "我要开会了" in as_user(cast.agent).get(desk(ticket, "?tab=system")).content.decode()

    def test_a_colleague_and_a_watcher_cannot_answer(self, cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
        from tickets.services.edit import add_watcher

        asked = ask(ticket, cast.agent)
        add_watcher(ticket_id=ticket.pk, person=cast.colleague, actor=cast.requester, at=timezone.now())
        url = reverse("portal:ticket_question", args=[ticket.number, "consent", asked.pk])
        for person in (cast.colleague, cast.requester2, cast.agent):
            assert as_user(person).get(url).status_code == 404
            as_user(person).post(url, {"answer": "allow", "allowed": ["view_screen"]})
        assert Consent.objects.get().is_open

    def test_a_question_of_another_ticket_is_not_shown_under_this_one(
        self, cast: Cast, as_user: AsUser, ticket: Ticket
    ) -> None:
        asked = ask(ticket, cast.agent)
        other = make_ticket(cast.requester)
        url = reverse("portal:ticket_question", args=[other.number, "consent", asked.pk])
        assert as_user(cast.requester).get(url).status_code == 404


class TestLinks:
    def test_the_mail_leads_to_the_question_and_looking_answers_nothing(
        self, client: Client, cast: Cast, sink, settings, ticket: Ticket
    ) -> None:
        asked = ask(ticket, cast.agent, "view_screen", "control")
        deliver()
        mail = [mail for mail in sink.mails if mail["To"] == cast.requester.email][-1]
        assert "查看报错现场" in text_of(mail)
        path = re.search(r"https?://\S+/tickets/answer/\S+", text_of(mail))[0].removeprefix(settings.SITE_URL)
        for _look in range(3):
            assert client.get(path).status_code == 200
        assert Consent.objects.get().is_open
        assert client.post(path, {"answer": "allow", "allowed": ["control"]}).status_code == 200
        consent = Consent.objects.get()
        assert (consent.allowed, consent.via) == (["control"], "link")
        assert client.get(path).status_code == 404
        deliver()
        kept = [mail for mail in sink.mails if mail["To"] == cast.requester.email][-1]
        back = re.search(r"https?://\S+/tickets/answer/\S+", text_of(kept))[0].removeprefix(settings.SITE_URL)
        assert client.get(back).status_code == 200 and asked.pk == consent.pk
        client.post(back, {})
        assert Consent.objects.get().withdrawn_at is not None

    def test_wrong_links_all_look_alike(self, client: Client, cast: Cast, ticket: Ticket) -> None:
        asked = ask(ticket, cast.agent)
        good = sign(Link("consent", asked.pk, cast.requester))
        wrong = [
            sign(Link("consent", asked.pk, cast.colleague)),
            sign(Link("consent", asked.pk + 1, cast.requester)),
            sign(Link("withdraw", asked.pk, cast.requester)),
            sign(Link("nonsense", asked.pk, cast.requester)),
            good[:-2] + "zz",
            "x",
        ]
        pages = [client.get(reverse("portal:answer", args=[link])) for link in wrong]
        assert {page.status_code for page in pages} == {404}
        assert (
            len({re.search(r'<main id="main".*?</main>', page.content.decode(), re.DOTALL)[0] for page in pages}) == 1
        )
        client.post(reverse("portal:answer", args=[good]), {"answer": "nothing"})
        assert client.get(reverse("portal:answer", args=[good])).status_code == 404

    def test_of_two_who_press_the_second_is_told(
        self, client: Client, cast: Cast, as_user: AsUser, ticket: Ticket
    ) -> None:
        asked = ask(ticket, cast.agent)
        path = reverse("portal:answer", args=[sign(Link("consent", asked.pk, cast.requester))])
        client.post(path, {"answer": "nothing"})
        late = as_user(cast.requester).post(
            reverse("portal:ticket_question", args=[ticket.number, "consent", asked.pk]),
            {"answer": "allow", "allowed": ["view_screen"], "words": "可以的"},
        )
        assert (
            late.status_code == 409 and "no longer open" in late.content.decode() and "可以的" in late.content.decode()
        )
        assert Consent.objects.get().is_refused


def test_the_hand_over_says_what_was_tried_and_allowed(cast: Cast, as_user: AsUser, ticket: Ticket) -> None:
    step = plan(ticket, cast.agent, "control")
    allow(ask(ticket, cast.agent, "control"), "control")
    finish(step, cast.agent)
    form = as_user(cast.agent).get(reverse("escalation:escalate", args=[ticket.number])).context["form"]
    assert "重建邮件配置" in form.initial["attempts"] and "It helped" in form.initial["attempts"]
    assert "Control the mouse and keyboard" in form.initial["access"]
