"""What leaves the house about a major incident: once each, in the recipient's language, read from the row."""

from __future__ import annotations

import pytest
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from notifications.models import Notification
from tests.factories import make_ticket
from tests.incidents.acts import EN, ZH, declared, link, tell, work
from tests.notifications.acts import deliver
from tickets.models import Ticket
from tickets.services.incidents import tell_overdue

pytestmark = pytest.mark.django_db


def test_each_requester_gets_one_mail_in_their_language(cast, parent, mailoutbox):
    incident = declared(parent, cast.agent)
    link(incident, cast.agent, make_ticket(cast.requester2), make_ticket(cast.requester2), make_ticket(cast.colleague))
    deliver()
    mailoutbox.clear()
    tell(incident, cast.agent)
    work()
    deliver()
    mails = {mail.to[0]: mail for mail in mailoutbox}
    assert len(mails) == len(mailoutbox) == 4
    english, chinese = mails["requester2@example.com"], mails["colleague@example.com"]
    assert EN in english.body
    assert ZH not in english.body
    assert "There is news of the known problem" in english.body
    assert "/tickets/" in english.body
    assert ZH in chinese.body
    assert "MI-001" in chinese.body
    assert "/desk/" not in chinese.body
    assert f"/desk/tickets/{parent.number}/incident/" in mails["lead@example.com"].body
    assert Notification.objects.filter(topic="incident_update").count() == 4


def test_a_missing_language_is_said_so(cast, parent, mailoutbox):
    incident = declared(parent, cast.agent)
    link(incident, cast.agent, make_ticket(cast.requester2))
    deliver()
    mailoutbox.clear()
    tell(incident, cast.agent, en="", is_forced=True, to=frozenset({"requesters"}))
    work()
    deliver()
    (mail,) = [mail for mail in mailoutbox if mail.to == ["requester2@example.com"]]
    assert ZH in mail.body
    assert "This is not available in your language yet." in mail.body


def test_commander_and_leads_read_who_answers(cast, parent, mailoutbox):
    deliver()
    mailoutbox.clear()
    declared(parent, cast.agent, commander=cast.agent2, communication_lead=cast.lead)
    deliver()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["agent2@example.com", "lead@example.com"]
    assert all("全公司无法登录" in mail.body and "韩雪" in mail.body for mail in mailoutbox)


def test_the_overdue_word_is_asked_for(cast, parent, mailoutbox):
    incident = declared(parent, cast.agent, commander=cast.agent2, communication_lead=cast.lead)
    deliver()
    mailoutbox.clear()
    tell_overdue(at=incident.next_update_due_at)
    deliver(incident.next_update_due_at)
    assert sorted(mail.to[0] for mail in mailoutbox) == ["agent2@example.com", "lead@example.com"]


def test_the_centre_leads_the_desk_to_the_incident(cast, parent, client):
    declared(parent, cast.agent, commander=cast.agent2)
    deliver()
    client.force_login(cast.agent2)
    page = client.get("/notifications/", headers={"accept-language": "en"}).content.decode()
    assert "was declared a major incident." in page


def test_who_may_no_longer_see_the_ticket_is_told_nothing(cast, parent):
    incident = declared(parent, cast.lead, commander=cast.agent2, communication_lead=cast.lead)
    Ticket.objects.filter(pk=parent.pk).update(is_confidential=True, team=cast.first_line, assignee=cast.agent)
    tell(incident, cast.lead, to=frozenset({"leads"}), at=timezone.now())
    deliver()
    row = OutboxMessage.objects.get(topic="incident_declared", recipient=cast.agent2, channel="email")
    assert (row.state, row.last_error) == ("skipped", "not_visible")
