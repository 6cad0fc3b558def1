"""A security incident: one button, a checklist with timers, and nothing solved before it is done (M2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from tests.administration.test_desk_settings import PAGE, values
from tests.cast import Cast
from tests.factories import agent_in, resolution, run
from tests.notifications.acts import deliver, mail_rows
from tests.secrecy.acts import NOT_APPLICABLE, alarm, confide, finish, lift, may_see, tick, worked_on
from tickets.models import DeskSettings, SecurityStep, Ticket
from tickets.security import MINUTES, StepCode, plan
from tickets.services import audit, timers

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(cast: Cast):
    person = agent_in(cast.applications, username="officer", full_name="安宁")
    choose(security_officer=person)
    return person


def choose(**values: object) -> None:
    desk, _created = DeskSettings.objects.get_or_create(id=1)
    for name, value in values.items():
        setattr(desk, name, value)
    desk.save()


def everybody(cast: Cast, *more: object) -> tuple:
    return (cast.requester, cast.agent, cast.agent2, cast.lead, cast.liaison, cast.admin, *more)


def test_the_list_is_in_the_order_in_which_it_burns() -> None:
    at = timezone.now()
    steps = plan(at)
    assert [step.code for step in steps] == list(StepCode)
    minutes = [None if step.due_at is None else (step.due_at - at) // timedelta(minutes=1) for step in steps]
    assert minutes == list(MINUTES.values()) == [15, None, 60, 60, 1440]


def test_one_button_shuts_the_ticket_calls_and_starts_the_clock(cast: Cast, officer) -> None:
    at = timezone.now()
    ticket = worked_on(cast)
    incident = alarm(ticket, cast.agent, "可能被远程控制", at=at)
    assert (ticket.is_confidential, ticket.is_named_only, ticket.kind_id) == (True, True, "security")
    assert may_see(ticket, *everybody(cast, officer)) == ["requester", "agent", "officer"]
    assert list(incident.officers.all()) == [officer]
    assert ticket.open_matters == len(StepCode)
    assert ticket.agreed_due_at == ticket.timer_at == at + timedelta(minutes=15)
    event = ticket.events.latest("sequence")
    assert (event.code, event.is_public, event.data["called"]) == ("security_raised", False, [officer.pk])
    assert audit.verify() == []


def test_the_duty_officer_is_called_also_at_night(cast: Cast, officer, mailoutbox: list) -> None:
    ticket = worked_on(cast)
    deliver()
    mailoutbox.clear()
    alarm(ticket, cast.agent)
    deliver()
    assert [mail.to for mail in mailoutbox] == [["officer@example.com"]]
    assert "Security incident" in mailoutbox[0].subject or "安全事件" in mailoutbox[0].subject
    assert f"/desk/tickets/{ticket.number}/security/" in mailoutbox[0].body


def test_without_an_officer_the_team_is_called_and_without_both_all_leads(cast: Cast) -> None:
    choose(security_team=cast.applications)
    assert {person.username for person in alarm(worked_on(cast), cast.agent).officers.all()} == {"agent2", "liaison"}
    choose(security_team=None)
    second = worked_on(cast)
    assert {person.username for person in alarm(second, cast.agent).officers.all()} == {"lead"}
    assert may_see(second, *everybody(cast)) == ["requester", "agent", "lead"]


def test_an_administrator_chooses_whom_to_call(cast: Cast, as_user) -> None:
    client = as_user(cast.admin)
    client.get("/admin/tickets/desksettings/")
    chosen = {"security_officer": cast.agent2.pk, "security_team": cast.applications.pk}
    assert client.post(PAGE, values(**chosen)).status_code == 302
    assert DeskSettings.current().security_officer == cast.agent2
    refused = client.post(PAGE, values(security_officer=cast.requester.pk))
    assert list(refused.context["adminform"].form.errors) == ["security_officer"]


def test_an_officer_who_left_is_not_called(cast: Cast, officer) -> None:
    officer.is_active = False
    officer.save()
    assert {person.username for person in alarm(worked_on(cast), cast.agent).officers.all()} == {"lead"}


def test_who_was_named_before_stays_named(cast: Cast, officer) -> None:
    ticket = confide(worked_on(cast), cast.agent, people=(cast.agent2,))
    alarm(ticket, cast.agent)
    assert may_see(ticket, *everybody(cast, officer)) == ["requester", "agent", "agent2", "officer"]


def test_the_officer_works_through_the_list_though_the_ticket_is_another_teams(cast: Cast, officer) -> None:
    ticket = worked_on(cast)
    alarm(ticket, cast.agent)
    step = tick(ticket, "isolate", officer, words="端口已封")
    assert (step.state, step.ended_by, step.is_late) == ("done", officer, False)
    ticket.refresh_from_db()
    assert ticket.open_matters == 4
    assert audit.verify() == []


def test_each_overdue_step_is_told_once(cast: Cast, officer, mailoutbox: list) -> None:
    at = timezone.now()
    ticket = worked_on(cast)
    alarm(ticket, cast.agent, at=at)
    tick(ticket, "credentials", officer, at=at + timedelta(minutes=5))
    deliver()
    mailoutbox.clear()
    for minutes in (10, 16, 17, 61, 62):
        timers.run_due(at=at + timedelta(minutes=minutes))
    codes = [event.data["security_step"] for event in ticket.events.filter(code="security_step_overdue")]
    assert codes == ["isolate", "preserve"]
    ticket.refresh_from_db()
    assert ticket.agreed_due_at == at + timedelta(hours=24)
    deliver(after=timedelta(hours=2))
    told = sorted(mail.to[0] for mail in mailoutbox)
    assert told == ["agent@example.com"] * 2 + ["officer@example.com"] * 2
    late = tick(ticket, "isolate", officer, at=at + timedelta(minutes=70))
    assert late.is_late
    assert audit.verify() == []


def test_the_ticket_is_not_solved_before_the_list_is_done(cast: Cast, officer) -> None:
    ticket = worked_on(cast)
    alarm(ticket, cast.agent)
    with pytest.raises(Conflict):
        run(ticket, "resolve", cast.agent, **resolution())
    finish(ticket, cast.agent)
    run(ticket, "resolve", cast.agent, **resolution())
    assert ticket.status == "resolved"


def test_it_is_not_opened_to_everybody_before_the_list_is_done(cast: Cast, officer) -> None:
    ticket = worked_on(cast)
    alarm(ticket, cast.agent)
    with pytest.raises(Conflict) as refused:
        lift(ticket, cast.agent)
    assert refused.value.code == "security_running"
    finish(ticket, cast.agent)
    lift(ticket, cast.agent)
    assert may_see(ticket, cast.agent2) == ["agent2"]


def test_withdrawing_ends_the_list(cast: Cast, officer) -> None:
    ticket = worked_on(cast)
    alarm(ticket, cast.agent)
    run(ticket, "withdraw", cast.requester, reason="误报")
    assert set(SecurityStep.objects.values_list("state", "alert_at")) == {("not_applicable", None)}
    assert (ticket.open_matters, ticket.agreed_due_at) == (0, None)


def test_refusals(cast: Cast, officer) -> None:
    ticket = worked_on(cast)
    with pytest.raises(NotAllowed):
        alarm(ticket, cast.agent2)
    with pytest.raises(InvalidInput) as refused:
        alarm(ticket, cast.agent, " ")
    assert list(refused.value.fields) == ["suspicion"]
    alarm(ticket, cast.agent)
    with pytest.raises(Conflict) as conflict:
        alarm(ticket, cast.agent)
    assert conflict.value.code == "already_raised"
    with pytest.raises(NotVisible):
        tick(ticket, "isolate", cast.agent2)
    with pytest.raises(InvalidInput) as refused:
        tick(ticket, "isolate", officer, state=NOT_APPLICABLE, words="")
    assert list(refused.value.fields) == ["words"]
    tick(ticket, "isolate", officer)
    with pytest.raises(Conflict) as conflict:
        tick(ticket, "isolate", cast.agent)
    assert conflict.value.code == "step_ended"
    closed = worked_on(cast)
    run(closed, "withdraw", cast.requester, reason="x")
    with pytest.raises(Conflict):
        alarm(closed, cast.agent)


def test_the_pages_from_the_button_to_the_report(cast: Cast, officer, as_user) -> None:
    ticket = worked_on(cast, subject="点了钓鱼链接")
    client = as_user(cast.agent)
    assert "Security incident" in client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    empty = client.post(f"/desk/tickets/{ticket.number}/security/raise/", {"suspicion": ""})
    assert empty.status_code == 422
    done = client.post(f"/desk/tickets/{ticket.number}/security/raise/", {"suspicion": "密码被骗走"})
    assert done["Location"] == f"/desk/tickets/{ticket.number}/security/"
    page = client.get(done["Location"]).content.decode()
    for words in ("Isolate the device", "Leave the device switched on", "密码被骗走", "安宁", "0 of 5 steps"):
        assert words in page
    step = SecurityStep.objects.get(code="isolate")
    fragment = client.get(f"/desk/security-steps/{step.pk}/end/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and "Pull the network cable" in fragment
    bad = client.post(f"/desk/security-steps/{step.pk}/end/", {"state": "not_applicable", "words": ""})
    assert bad.status_code == 422 and "Say why" in bad.content.decode()
    assert client.post(f"/desk/security-steps/{step.pk}/end/", {"state": "done", "words": "拔线"}).status_code == 303
    again = client.post(f"/desk/security-steps/{step.pk}/end/", {"state": "done", "words": "我也做了"})
    assert again.status_code == 409 and "我也做了" in again.content.decode()
    guard = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "4 steps are open" in guard
    for language, words in (("en", "First-response report"), ("zh-hans", 'lang="zh-hans"')):
        report = client.get(f"/desk/tickets/{ticket.number}/security/report/?language={language}").content.decode()
        assert words in report and "拔线" in report and "密码被骗走" in report
    assert client.get(f"/desk/tickets/{ticket.number}/security/report/?language=xx").status_code == 404
    assert as_user(officer).get(f"/desk/tickets/{ticket.number}/security/").status_code == 200
    for person, status in ((cast.agent2, 404), (cast.lead, 404), (cast.admin, 404), (cast.requester, 404)):
        for part in ("", "report/", "raise/", "evidence/"):
            assert as_user(person).get(f"/desk/tickets/{ticket.number}/security/{part}").status_code == status


def test_a_ticket_without_an_incident_has_no_checklist(cast: Cast, as_user) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    client = as_user(cast.agent)
    for part in ("", "report/", "evidence/"):
        assert client.get(f"/desk/tickets/{ticket.number}/security/{part}").status_code == 404
    assert as_user(cast.agent2).post(f"/desk/tickets/{worked_on(cast).number}/security/raise/").status_code == 403


def test_the_requester_reads_that_few_may_read_it_and_no_more(cast: Cast, officer, as_user) -> None:
    ticket = worked_on(cast)
    alarm(ticket, cast.agent, "怀疑是内部人员")
    page = as_user(cast.requester).get(f"/tickets/{ticket.number}/").content.decode()
    assert "Only a few people of support may read this ticket." in page
    assert "怀疑是内部人员" not in page
    assert "security incident" not in page.lower()


def test_nobody_is_told_of_it_twice(cast: Cast) -> None:
    choose(security_officer=cast.agent)
    alarm(worked_on(cast), cast.agent)
    assert mail_rows(topic="security_raised") == []
    assert mail_rows(topic="reader_named") == []
    assert Ticket.objects.get().is_named_only
