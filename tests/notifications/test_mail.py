"""What the mails say, to whom, in which language, and what they never say."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.utils import timezone
from django.utils.translation import override

from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, make_ticket, reply, resolution, run
from tests.notifications.acts import deliver
from tests.notifications.sink import Sink, html_of, text_of
from tickets.choices import Closure
from tickets.models import Ticket, WaitingReason
from tickets.services.timers import run_due

TOPICS = ("received", "accepted", "reply", "action_needed", "resolved", "reminder", "closed", "assigned", "reopened")


def mail_about(sink: Sink, topic: str, to: str = "requester@example.com"):
    """The last mail of a topic that this person got."""
    ids = {str(row.uuid) for row in OutboxMessage.objects.filter(topic=topic, recipient__email=to)}
    return [mail for mail in sink.mails if mail["To"] == to and mail["X-Event-Id"] in ids][-1]


def play_everything(cast, *, requester=None):
    """One ticket of which every topic is told."""
    ticket = make_ticket(requester or cast.requester)
    run(ticket, "assign", cast.lead, assignee=cast.agent)
    bring_to(ticket, "in_progress", cast.agent)
    reply(ticket, cast.agent, "请重启一次再登录。")
    waiting = {
        "waiting_reason": WaitingReason.objects.get(code="user"),
        "next_action_at": timezone.now() + timedelta(days=3),
    }
    reply(ticket, cast.agent, "请发一张截图。", then="wait", data=waiting)
    reply(ticket, ticket.requester, "截图如下")
    run(ticket, "resolve", cast.agent, **resolution())
    run(ticket, "reject", ticket.requester, reason="还是白屏")
    run(ticket, "resolve", cast.agent, **resolution())
    run_due(at=ticket.resolved_at + timedelta(days=2))
    deliver(after=timedelta(days=3))
    ticket.refresh_from_db()
    run(ticket, "confirm", ticket.requester)
    run(ticket, "reopen", ticket.requester, reason="又出现了")
    run(ticket, "resolve", cast.agent, **resolution())
    run(ticket, "confirm", cast.agent, reason="电话确认")
    deliver(after=timedelta(days=3))
    return ticket


def test_every_topic_is_written_in_both_parts(cast, sink):
    ticket = play_everything(cast)
    told = OutboxMessage.objects.filter(channel="email")
    assert set(told.values_list("topic", flat=True)) == set(TOPICS)
    assert set(told.values_list("state", flat=True)) == {"sent"}
    for mail in sink.mails:
        assert str(mail["Subject"]).strip().startswith(f"[{ticket.number}] ")
        assert ticket.subject in mail["Subject"]
        for part in (text_of(mail), html_of(mail)):
            assert ticket.number in part
            assert ticket.subject in part
            assert "{{" not in part and "{%" not in part and "%(" not in part
            assert "None" not in part


def test_a_mail_carries_what_machines_need(cast, sink, settings):
    settings.SITE_URL = "https://help.example.org"
    make_ticket(cast.requester)
    deliver()
    (mail,) = sink.mails
    row = OutboxMessage.objects.get(channel="email")
    assert mail["Message-ID"] == f"<{row.uuid}@help.example.org>"
    assert mail["X-Event-Id"] == str(row.uuid)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "IT help desk <tickets.help.example.org>"
    assert (mail["To"], mail["X-Envelope-To"]) == ("requester@example.com", "requester@example.com")
    assert parseaddr(str(mail["From"])) == ("IT 服务台", settings.DEFAULT_FROM_EMAIL)
    assert mail["Bcc"] is None and mail["Cc"] is None


def test_links_lead_to_the_page_on_which_the_recipient_reads_the_ticket(cast, sink, settings):
    settings.SITE_URL = "https://help.example.org"
    ticket = play_everything(cast)
    assert f"https://help.example.org/tickets/{ticket.number}/" in text_of(mail_about(sink, "resolved"))
    to_agent = mail_about(sink, "reopened", "agent@example.com")
    for part in (text_of(to_agent), html_of(to_agent)):
        assert f"https://help.example.org/desk/tickets/{ticket.number}/" in part


def test_who_recorded_a_ticket_and_works_on_it_is_sent_to_the_desk(cast, sink, settings):
    settings.SITE_URL = "https://help.example.org"
    ticket = make_ticket(cast.requester)
    Ticket.objects.filter(pk=ticket.pk).update(reported_by=cast.agent)
    ticket.refresh_from_db()
    run(ticket, "assign", cast.lead, assignee=cast.agent)
    deliver()
    to_agent = mail_about(sink, "assigned", "agent@example.com")
    assert f"https://help.example.org/desk/tickets/{ticket.number}/" in text_of(to_agent)


@pytest.mark.parametrize(
    ("language", "tag", "said", "other"),
    [("zh-hans", "zh-Hans", "需要您的配合", "We need something"), ("en", "en", "We need something", "需要您的配合")],
)
def test_mails_speak_the_recipients_language_whoever_caused_them(cast, sink, language, tag, said, other):
    cast.requester.language = language
    cast.requester.save()
    with override("en" if language != "en" else "zh-hans"):
        play_everything(cast)
    mail = mail_about(sink, "action_needed")
    assert f'<html lang="{tag}">' in html_of(mail)
    for part in (text_of(mail), html_of(mail)):
        assert said in part
        assert other not in part


def test_without_a_chosen_language_the_desks_own_is_spoken(cast, sink, settings):
    settings.LANGUAGE_CODE = "en"
    cast.requester.language = ""
    cast.requester.save()
    with override("zh-hans"):
        make_ticket(cast.requester)
        deliver()
    assert '<html lang="en">' in html_of(sink.mails[0])
    assert "has been received" in text_of(sink.mails[0])


@pytest.mark.parametrize(("zone", "time"), [("America/New_York", "13:30"), ("Asia/Tokyo", "02:30")])
def test_times_are_in_the_recipients_zone(cast, sink, zone, time):
    cast.requester.timezone, cast.requester.language = zone, "en"
    cast.requester.save()
    ticket = make_ticket(cast.requester)
    at = timezone.now().replace(month=7, day=1, hour=17, minute=30, second=0, microsecond=0)
    bring_to(ticket, "resolved", cast.agent, at=at)
    deliver(after=timedelta(days=400))
    assert time in text_of(mail_about(sink, "resolved"))


def test_the_receipt_says_number_subject_and_what_happens_next(cast, sink):
    cast.requester.language = "en"
    cast.requester.save()
    ticket = make_ticket(cast.requester)
    deliver()
    text = text_of(sink.mails[0])
    assert f"Number\n{ticket.number}" in text
    assert f"Subject\n{ticket.subject}" in text
    assert "will tell you when somebody takes it on" in text


def test_the_solution_is_told_with_cause_advice_and_the_day_on_which_silence_closes(cast, sink):
    cast.requester.language = "en"
    cast.requester.save()
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    deliver()
    mail = mail_about(sink, "resolved")
    local = timezone.localtime(ticket.confirm_by_at)
    for part in (text_of(mail), html_of(mail)):
        for said in (ticket.cause, ticket.solution, ticket.advice, f"{local:%H:%M}", str(local.day)):
            assert said in part
        assert ticket.verification not in part
        assert "confirm it on the page" in part


def test_a_public_message_is_quoted_and_its_markup_is_text(cast, sink):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent, "试试 <script>alert(1)</script>\n第二行 🙂")
    deliver()
    mail = mail_about(sink, "reply")
    assert "<script>alert(1)</script>\n第二行 🙂" in text_of(mail)
    assert "<script>" not in html_of(mail)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>第二行 🙂" in html_of(mail)


def test_closing_says_how_and_until_when_it_can_be_reopened(cast, sink):
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    run_due(at=ticket.confirm_by_at)
    deliver(after=timedelta(days=6))
    with override("zh-hans"):
        assert str(Closure.UNCONFIRMED.label) in text_of(mail_about(sink, "closed"))


def test_internal_words_are_in_no_mail(cast, sink):
    """F3 of the abuse cases."""
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent, "CANARY-INTERNAL-1", kind="internal")
    run(ticket, "assign", cast.lead, team=cast.applications, reason="CANARY-INTERNAL-2")
    run(ticket, "accept", cast.agent2)
    waiting = {
        "waiting_reason": WaitingReason.objects.get(code="user"),
        "next_action_at": timezone.now() + timedelta(days=3),
        "reason": "CANARY-INTERNAL-3",
    }
    reply(ticket, cast.agent2, "CANARY-INTERNAL-4", kind="internal", then="wait", data=waiting)
    reply(ticket, cast.requester, "好的")
    run(ticket, "resolve", cast.agent2, **{**resolution(), "verification": "CANARY-INTERNAL-5"})
    deliver()
    assert mail_about(sink, "action_needed") is not None
    everything = "".join(mail.as_string() + text_of(mail) + html_of(mail) for mail in sink.mails)
    assert "CANARY-INTERNAL" not in everything
    outward = [mail for mail in sink.mails if mail["To"] == "requester@example.com"]
    for private in (cast.agent.email, cast.agent2.email, cast.lead.email):
        assert private not in "".join(mail.as_string() + text_of(mail) for mail in outward)


def test_why_the_desk_waits_is_in_no_mail_to_the_requester(cast, sink):
    """Their page and the API don't show it either, though all may see that it waits."""
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    waiting = {
        "waiting_reason": WaitingReason.objects.get(code="user"),
        "next_action_at": timezone.now() + timedelta(days=3),
        "reason": "CANARY-INTERNAL",
    }
    run(ticket, "wait", cast.agent, **waiting)
    deliver()
    mail = mail_about(sink, "action_needed")
    assert "CANARY-INTERNAL" not in text_of(mail) + html_of(mail)


def test_a_subject_cannot_smuggle_in_headers(cast, sink):
    ticket = make_ticket(cast.requester)
    ticket.subject = "Hi\r\nBcc: evil@example.com\n\nBody\u2028x"
    ticket.save()
    deliver()
    (mail,) = sink.mails
    assert mail["Bcc"] is None
    assert mail["X-Envelope-To"] == "requester@example.com"
    assert mail["Subject"].endswith("Hi Bcc: evil@example.com Body x")


def test_an_address_with_a_line_break_is_refused_for_good(cast, sink):
    cast.requester.email = "a@example.com\nBcc: evil@example.com"
    cast.requester.save()
    make_ticket(cast.requester)
    deliver()
    row = OutboxMessage.objects.get(channel="email")
    assert (row.state, sink.mails) == ("dead", [])


def test_people_of_the_desk_learn_who_wrote(cast, sink):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.requester, "还没好")
    deliver()
    mail = mail_about(sink, "reply", "agent@example.com")
    assert "王敏" in text_of(mail)
    assert "还没好" in text_of(mail)


def test_a_team_lead_is_told_that_the_team_has_work(cast, sink):
    cast.lead.language = "en"
    cast.lead.save()
    ticket = make_ticket(cast.requester)
    cast.applications.lead = cast.lead
    cast.applications.save()
    run(ticket, "assign", cast.agent, team=cast.applications)
    deliver()
    mail = mail_about(sink, "assigned", "lead@example.com")
    assert "was assigned to your team" in text_of(mail)
