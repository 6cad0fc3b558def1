"""Mails that wait for people: who sees them, and what they can decide."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import bring_to, make_ticket
from tests.mailroom.letters import letter, take, thread_address
from tests.mailroom.test_intake import answer
from tickets.models import IncomingMail, Message, Ticket

pytestmark = pytest.mark.django_db

HTML = """From: a@corp.example
To: help@desk.example
Subject: =?utf-8?b?5Zu+54mH?=
Message-ID: <h@corp.example>
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p onclick="x()">Look: <img src="cid:pic"><img src="https://evil.example/t.png"><script>alert(1)</script></p>
--b
Content-Type: image/png
Content-ID: <pic>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--b--
""".replace("\n", "\r\n").encode()


@pytest.fixture
def held(cast) -> IncomingMail:
    """An answer to a ticket of the first line by somebody who isn't on it."""
    ticket = make_ticket(cast.requester)
    bring_to(ticket, "in_progress", cast.agent)
    raw = letter(
        "wang@private.example", "回复: 白屏", "我用私人邮箱写：还是白屏。", to=thread_address(ticket, cast.requester)
    )
    mail = take(raw)
    assert mail.outcome == "held"
    return mail


def page(client, person, name="desk:mail", mail=None, **data):
    client.force_login(person)
    url = reverse(name, args=[mail.uuid] if mail else [])
    return client.post(url, data) if data or name.endswith(("release", "add", "discard")) else client.get(url)


def test_leads_and_administrators_see_what_waits(client, cast, held):
    for person in (cast.lead, cast.admin):
        answer_page = page(client, person, "desk:mails")
        assert "wang@private.example" in answer_page.content.decode()
    assert page(client, cast.requester, "desk:mails").status_code == 404


def test_the_desk_sees_mails_of_tickets_that_it_sees_and_no_others(client, cast, held):
    assert page(client, cast.agent, mail=held).status_code == 200
    strange = take(b"From: a@x.example\r\nFrom: b@x.example\r\n\r\nCANARY")
    assert page(client, cast.agent, mail=strange).status_code == 404
    assert page(client, cast.lead, mail=strange).status_code == 200
    for name in ("desk:mail", "desk:mail_html", "desk:mail_original"):
        assert page(client, cast.requester, name, held).status_code == 404


def test_the_ticket_says_that_a_mail_waits(client, cast, held):
    client.force_login(cast.agent)
    shown = client.get(reverse("desk:ticket", args=[held.ticket.number])).content.decode()
    assert reverse("desk:mail", args=[held.uuid]) in shown


def test_accepting_a_strangers_answer_opens_a_ticket_that_names_the_other(client, cast, held):
    assert page(client, cast.lead, "desk:mail_release", held).status_code == 303
    held.refresh_from_db()
    assert (held.outcome, held.handled_by) == ("created", cast.lead)
    assert held.guessed_ticket.requester == cast.requester
    assert held.ticket.events.get().data["vouched_by"] == cast.lead.pk


def test_accepting_an_unverified_answer_puts_it_on_the_ticket(client, cast):
    ticket = make_ticket(cast.requester)
    mail = take(letter(cast.requester, f"Re: [{ticket.number}]", "补充一点。"))
    assert mail.outcome == "held"
    page(client, cast.lead, "desk:mail_release", mail)
    assert Message.objects.get().author == cast.requester


def test_adding_to_a_ticket_makes_a_note(client, cast, held):
    other = make_ticket(cast.requester2)
    assert page(client, cast.lead, "desk:mail_add", held, number="99999").status_code == 400
    assert page(client, cast.lead, "desk:mail_add", held, number=f"#{other.number}").status_code == 303
    note = Message.objects.get()
    assert (note.ticket, note.kind, note.author) == (other, "internal", None)
    assert note.body == "我用私人邮箱写：还是白屏。"


def test_discarding_keeps_the_mail(client, cast, held):
    page(client, cast.lead, "desk:mail_discard", held)
    held.refresh_from_db()
    assert (held.outcome, held.reason) == ("ignored", "discarded")
    assert page(client, cast.lead, "desk:mail_original", held).status_code == 200


def test_a_second_decision_is_told_of_the_first(client, cast, held):
    page(client, cast.lead, "desk:mail_discard", held)
    assert page(client, cast.admin, "desk:mail_release", held).status_code == 409
    assert Ticket.objects.count() == 1


def test_an_agent_does_not_vouch_for_a_mail_that_claims_to_be_the_desks(client, cast):
    ticket = make_ticket(cast.requester)
    bring_to(ticket, "in_progress", cast.agent)
    mail = take(answer(cast, ticket, sender=cast.agent))
    assert mail.reason == "staff_unverified"
    assert page(client, cast.agent, "desk:mail_release", mail).status_code == 403
    assert page(client, cast.lead, "desk:mail_release", mail).status_code == 303


def test_a_closed_accounts_mail_cannot_be_accepted(client, cast):
    mail = take(letter(cast.leaver))
    assert page(client, cast.lead, "desk:mail_release", mail).status_code == 409
    assert not Ticket.objects.exists()


def test_html_is_shown_in_a_frame_where_nothing_runs_and_nothing_is_fetched(client, cast):
    mail = take(HTML)
    response = page(client, cast.lead, "desk:mail_html", mail)
    shown = response.content.decode()
    assert "script" not in shown and "onclick" not in shown and "evil.example" not in shown
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in shown
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_the_original_is_a_download_for_leads(client, cast, held):
    assert page(client, cast.agent, "desk:mail_original", held).status_code == 403
    response = page(client, cast.lead, "desk:mail_original", held)
    content = b"".join(response.streaming_content)
    assert b"wang@private.example" in content
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
