"""Opening a confidential ticket in an emergency: for whom, for how long, who is told, and that it is for reading only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from time_machine import travel

from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from tests.cast import Cast
from tests.factories import agent_in, make_ticket, reply, run
from tests.notifications.acts import deliver, mail_rows
from tests.secrecy.acts import break_in, confide, lift, may_see, rename, worked_on
from tickets.models import BreakGlass, Ticket
from tickets.policies import can_work_on, can_write_notes
from tickets.services import audit
from tickets.services.break_glass import LASTS
from tickets.services.edit import add_watcher

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_lead(cast: Cast):
    return agent_in(cast.applications, username="other_lead", full_name="孙立", is_lead=True)


@pytest.fixture
def secret(cast: Cast) -> Ticket:
    return confide(worked_on(cast, subject="CANARY-CONF-GLASS"), cast.agent)


def test_it_lets_one_person_read_for_four_hours(cast: Cast, secret: Ticket) -> None:
    at = timezone.now()
    assert may_see(secret, cast.admin) == []
    row = break_in(secret, cast.admin, at=at)
    assert row.ends_at == at + LASTS == at + timedelta(hours=4)
    assert may_see(secret, cast.admin, cast.agent2) == ["admin"]
    with travel(at + timedelta(hours=3, minutes=59)):
        assert may_see(secret, cast.admin) == ["admin"]
    with travel(at + timedelta(hours=4, seconds=1)):
        assert may_see(secret, cast.admin) == []
    secret.refresh_from_db()
    event = secret.events.latest("sequence")
    assert (event.code, event.actor, event.reason, event.is_public) == ("glass_broken", cast.admin, "处理人失联", False)
    assert audit.verify() == []


def test_every_refusal_sounds_the_same(cast: Cast, secret: Ticket, other_lead) -> None:
    ordinary = make_ticket(cast.requester)
    break_in(secret, other_lead)
    said = set()
    for number, person in (("777777", other_lead), (ordinary.number, other_lead), (secret.number, cast.lead)):
        with pytest.raises(NotVisible) as refused:
            break_in(Ticket(number=number), person)
        said.add(str(refused.value))
    with pytest.raises(NotVisible) as refused:
        break_in(secret, other_lead)
    said.add(str(refused.value))
    assert len(said) == 1
    assert BreakGlass.objects.count() == 1


def test_agents_and_requesters_may_not(cast: Cast, secret: Ticket) -> None:
    for person in (cast.agent2, cast.liaison, cast.requester2):
        with pytest.raises(NotAllowed):
            break_in(secret, person)
    with pytest.raises(InvalidInput) as refused:
        break_in(secret, cast.admin, "  ")
    assert list(refused.value.fields) == ["reason"]


def test_it_is_for_reading_and_nothing_else(cast: Cast, secret: Ticket, other_lead) -> None:
    break_in(secret, other_lead)
    secret.refresh_from_db()
    assert not can_work_on(other_lead, secret)
    assert not can_write_notes(other_lead, secret)
    acts = (
        lambda: reply(secret, other_lead, "x", kind="internal"),
        lambda: reply(secret, other_lead, "x"),
        lambda: run(secret, "assign", other_lead, assignee=other_lead),
        lambda: add_watcher(ticket_id=secret.pk, actor=other_lead, person=cast.colleague, at=timezone.now()),
        lambda: lift(secret, other_lead),
        lambda: rename(secret, other_lead, people=(other_lead,)),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_owner_team_lead_and_administrators_are_told_but_learn_no_more_than_they_may(
    cast: Cast, secret: Ticket, other_lead, mailoutbox: list
) -> None:
    deliver()
    mailoutbox.clear()
    break_in(secret, other_lead, "CANARY-REASON")
    deliver()
    told = {mail.to[0]: mail for mail in mailoutbox}
    assert sorted(told) == ["admin@example.com", "agent@example.com", "lead@example.com"]
    for mail in told.values():
        assert secret.number in mail.subject
        whole = mail.subject + mail.body + str(mail.alternatives)
        assert "孙立" in whole
        assert "CANARY" not in whole


def test_an_administrator_who_opens_it_is_not_told_of_it(cast: Cast, secret: Ticket) -> None:
    break_in(secret, cast.admin)
    assert mail_rows(topic="glass_broken", recipient=cast.admin) == []


def test_an_archived_ticket_can_be_opened_and_its_record_stays_sealed(cast: Cast, secret: Ticket) -> None:
    run(secret, "withdraw", cast.requester, reason="不需要了")
    run(secret, "archive", cast.lead)
    break_in(secret, cast.admin)
    secret.refresh_from_db()
    assert secret.events.latest("sequence").code == "archive"
    assert may_see(secret, cast.admin) == ["admin"]
    assert audit.verify() == []


def test_the_database_refuses_to_change_or_forget_it(cast: Cast, secret: Ticket) -> None:
    row = break_in(secret, cast.admin)
    for act in (lambda: BreakGlass.objects.update(reason="x"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert connection.vendor in ("sqlite", "postgresql")


def test_the_page_for_leads_and_administrators(cast: Cast, secret: Ticket, as_user) -> None:
    client = as_user(cast.admin)
    page = "/desk/break-glass/"
    assert "Open a confidential ticket" in client.get(page).content.decode()
    wrong = client.post(page, {"number": "777777", "reason": "kept text"})
    assert wrong.status_code == 422
    assert "There is no confidential ticket with this number that is closed to you." in wrong.content.decode()
    assert "kept text" in wrong.content.decode()
    empty = client.post(page, {"number": secret.number, "reason": ""})
    assert empty.status_code == 422
    assert "CANARY" not in wrong.content.decode() + empty.content.decode()
    done = client.post(page, {"number": f"#{secret.number}", "reason": "处理人失联"})
    assert done.status_code == 303
    shown = client.get(done["Location"]).content.decode()
    assert "CANARY-CONF-GLASS" in shown
    assert "You opened this ticket in an emergency: you can read it and do nothing else." in shown
    assert 'data-mode="note"' not in shown


def test_the_list_shows_others_their_own_part(cast: Cast, secret: Ticket, as_user, other_lead) -> None:
    break_in(secret, other_lead, "CANARY-REASON")
    for person, sees in ((cast.admin, True), (cast.agent, True), (other_lead, True), (cast.agent2, False)):
        page = as_user(person).get("/desk/break-glass/").content.decode()
        assert ("CANARY-REASON" in page) == sees, person
        assert ("Open a confidential ticket" in page) == (person in (cast.admin, other_lead))
    assert as_user(cast.agent2).post("/desk/break-glass/", {"number": "1", "reason": "x"}).status_code == 403
    assert as_user(cast.requester).get("/desk/break-glass/").status_code == 404
    listed = as_user(cast.agent).get(f"/desk/tickets/{secret.number}/").content.decode()
    assert "Opened in an emergency" in listed and "CANARY-REASON" in listed


def test_the_notification_centre_says_it_to_administrators(cast: Cast, secret: Ticket, as_user, other_lead) -> None:
    break_in(secret, other_lead)
    deliver()
    page = as_user(cast.admin).get("/notifications/").content.decode()
    assert f"opened the confidential ticket {secret.number} in an emergency" in page
    assert "CANARY" not in page
