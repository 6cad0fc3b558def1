"""Who needs to know of a confidential ticket: naming readers, changing them, lifting it (M1.2-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from tests.cast import Cast
from tests.factories import UserFactory, agent_in, make_ticket, reply, run
from tests.incidents.acts import declared
from tests.notifications.acts import deliver, mail_rows
from tests.notifications.test_preferences import wish
from tests.secrecy.acts import confide, lift, may_see, rename, worked_on
from tickets.models import Ticket, TicketReader
from tickets.policies import can_work_on, can_write_notes, is_let_in
from tickets.services import audit
from tickets.services.confidentiality import Circle, make_confidential
from tickets.services.edit import add_watcher

pytestmark = pytest.mark.django_db


def everybody(cast: Cast) -> tuple:
    return (cast.requester, cast.colleague, cast.agent, cast.agent2, cast.lead, cast.liaison, cast.admin)


def test_a_confidential_ticket_stays_with_its_team_and_whoever_is_named(cast: Cast) -> None:
    ticket = worked_on(cast)
    assert may_see(ticket, *everybody(cast)) == ["requester", "agent", "agent2", "lead", "liaison", "admin"]
    confide(ticket, cast.agent, people=(cast.agent2,))
    assert may_see(ticket, *everybody(cast)) == ["requester", "agent", "agent2", "lead"]
    event = ticket.events.latest("sequence")
    assert (event.code, event.reason, event.is_public) == ("made_confidential", "涉及劳动争议", True)
    assert event.data["readers"] == [cast.agent2.pk]
    assert event.data["changes"]["is_confidential"] == [False, True]
    assert audit.verify() == []


def test_named_only_shuts_out_its_own_team_and_lets_named_teams_in(cast: Cast) -> None:
    ticket = worked_on(cast)
    confide(ticket, cast.agent, teams=(cast.applications,), named_only=True)
    assert may_see(ticket, *everybody(cast)) == ["requester", "agent", "agent2", "liaison"]
    rename(ticket, cast.agent, named_only=True)
    assert may_see(ticket, *everybody(cast)) == ["requester", "agent"]
    rename(ticket, cast.agent)
    assert may_see(ticket, *everybody(cast)) == ["requester", "agent", "lead"]
    codes = list(ticket.events.order_by("-sequence").values_list("code", flat=True)[:2])
    assert codes == ["readers_changed", "readers_changed"]
    assert audit.verify() == []


def test_watchers_and_whom_it_is_assigned_to_keep_it(cast: Cast) -> None:
    ticket = worked_on(cast)
    add_watcher(ticket_id=ticket.pk, actor=cast.agent, person=cast.colleague, at=timezone.now())
    confide(ticket, cast.agent, named_only=True)
    assert may_see(ticket, *everybody(cast)) == ["requester", "colleague", "agent"]
    run(ticket, "assign", cast.agent, assignee=cast.agent2)
    assert may_see(ticket, *everybody(cast)) == ["requester", "colleague", "agent2"]


def test_nobody_shuts_themselves_out(cast: Cast) -> None:
    ticket = make_ticket(cast.requester)
    confide(ticket, cast.lead)
    assert may_see(ticket, cast.lead, cast.agent) == ["lead"]
    assert list(TicketReader.objects.values_list("user__username", flat=True)) == ["lead"]
    rename(ticket, cast.lead, people=(cast.agent,))
    assert may_see(ticket, cast.lead, cast.agent) == ["lead", "agent"]


def test_who_leaves_the_desk_or_the_team_loses_sight(cast: Cast) -> None:
    ticket = worked_on(cast)
    newcomer = agent_in(cast.applications, username="newcomer")
    confide(ticket, cast.agent, people=(cast.agent2,), teams=(cast.applications,))
    assert may_see(ticket, newcomer, cast.agent2) == ["newcomer", "agent2"]
    newcomer.memberships.all().delete()
    cast.agent2.is_agent = False
    cast.agent2.save()
    assert may_see(ticket, newcomer, cast.agent2) == []


def test_a_named_reader_of_another_team_reads_and_leaves_notes_but_does_not_work_on_it(cast: Cast) -> None:
    ticket = confide(worked_on(cast), cast.agent, people=(cast.agent2,))
    assert (can_work_on(cast.agent2, ticket), can_write_notes(cast.agent2, ticket)) == (False, True)
    reply(ticket, cast.agent2, "看过了", kind="internal")
    with pytest.raises(NotAllowed):
        rename(ticket, cast.agent2, people=(cast.agent2,))


def test_the_rule_for_one_ticket_is_the_rule_of_the_lists(cast: Cast) -> None:
    tickets = [worked_on(cast) for _ in range(4)]
    confide(tickets[0], cast.agent)
    confide(tickets[1], cast.agent, named_only=True, people=(cast.liaison,))
    confide(tickets[2], cast.agent, named_only=True, teams=(cast.applications,))
    for ticket in tickets:
        for person in cast.everybody().values():
            listed = Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()
            if listed or ticket.is_confidential:
                assert is_let_in(person, ticket) == listed, (person.username, ticket.pk)


@pytest.mark.parametrize(
    ("said", "field"),
    [({"reason": " "}, "reason"), ({"people": "requester2"}, "people"), ({"people": "leaver"}, "people")],
)
def test_refusals_name_the_field(cast: Cast, said: dict, field: str) -> None:
    ticket = worked_on(cast)
    people = (getattr(cast, said["people"]),) if "people" in said else ()
    with pytest.raises(InvalidInput) as refused:
        confide(ticket, cast.agent, people=people, reason=said.get("reason", "x"))
    assert list(refused.value.fields) == [field]
    ticket.refresh_from_db()
    assert not ticket.is_confidential


def test_too_many_and_retired_teams_are_refused(cast: Cast) -> None:
    ticket = worked_on(cast)
    cast.applications.is_retired = True
    cast.applications.save()
    people = tuple(UserFactory(is_agent=True) for _ in range(50))
    with pytest.raises(InvalidInput) as refused:
        confide(ticket, cast.agent, people=people, teams=(cast.applications,))
    assert set(refused.value.fields) == {"people", "teams"}


def test_what_cannot_be_is_a_conflict(cast: Cast) -> None:
    ticket = worked_on(cast)
    with pytest.raises(Conflict) as refused:
        rename(ticket, cast.agent)
    assert refused.value.code == "not_confidential"
    with pytest.raises(Conflict) as refused:
        lift(ticket, cast.agent)
    assert refused.value.code == "not_confidential"
    confide(ticket, cast.agent)
    with pytest.raises(Conflict) as refused:
        confide(ticket, cast.agent)
    assert refused.value.code == "already_confidential"
    incident = worked_on(cast)
    declared(incident, cast.agent)
    with pytest.raises(Conflict) as refused:
        confide(incident, cast.agent)
    assert refused.value.code == "major_incident"


def test_only_who_works_on_it_makes_it_confidential(cast: Cast) -> None:
    ticket = worked_on(cast)
    for person in (cast.agent2, cast.admin, cast.requester):
        with pytest.raises(NotAllowed):
            confide(ticket, person)
    with pytest.raises(NotVisible):
        make_confidential(ticket_id=ticket.pk, circle=Circle(), reason="x", actor=cast.requester2, at=timezone.now())


def test_lifting_is_for_its_owner_and_leads_who_are_let_in(cast: Cast) -> None:
    ticket = worked_on(cast)
    other_lead = agent_in(cast.applications, username="other_lead", is_lead=True)
    confide(ticket, cast.agent, people=(cast.agent2,))
    with pytest.raises(NotAllowed):
        lift(ticket, cast.agent2)
    with pytest.raises(NotVisible):
        lift(ticket, other_lead)
    with pytest.raises(InvalidInput):
        lift(ticket, cast.lead, " ")
    lift(ticket, cast.lead)
    assert may_see(ticket, *everybody(cast)) == ["requester", "agent", "agent2", "lead", "liaison", "admin"]
    assert not TicketReader.objects.exists()
    assert audit.verify() == []


def test_named_people_and_leads_of_named_teams_are_told_once(cast: Cast, mailoutbox: list) -> None:
    ticket = worked_on(cast)
    cast.applications.lead = cast.liaison
    cast.applications.save()
    deliver()
    mailoutbox.clear()
    confide(ticket, cast.agent, people=(cast.agent2,), teams=(cast.applications,))
    rename(ticket, cast.agent, people=(cast.agent2,), teams=(cast.applications,), named_only=True)
    deliver()
    told = {mail.to[0]: mail for mail in mailoutbox}
    assert sorted(told) == ["agent2@example.com", "liaison@example.com"]
    assert len(mailoutbox) == 2
    assert ticket.number in told["agent2@example.com"].subject


def test_mails_that_wait_do_not_reach_who_lost_sight_meanwhile(cast: Cast, mailoutbox: list) -> None:
    ticket = worked_on(cast, subject="CANARY-CONF-QUEUED")
    add_watcher(ticket_id=ticket.pk, actor=cast.agent, person=cast.colleague, at=timezone.now())
    run(ticket, "assign", cast.lead, team=cast.applications, assignee=cast.agent2)
    deliver()
    mailoutbox.clear()
    reply(ticket, cast.requester, "CANARY-CONF-REPLY")
    run(ticket, "assign", cast.lead, assignee=cast.liaison)
    confide(ticket, cast.lead, named_only=True)
    deliver()
    assert [mail for mail in mailoutbox if mail.to == ["agent2@example.com"]] == []
    rows = mail_rows(recipient=cast.agent2, topic="reply")
    assert [(row.state, row.last_error) for row in rows] == [("skipped", "not_visible")]


def test_the_daily_summary_leaves_out_what_was_shut_meanwhile(cast: Cast, mailoutbox: list) -> None:
    wish(cast.agent2, messages_email="digest")
    tickets = [make_ticket(cast.requester, subject=subject) for subject in ("CANARY-CONF-DIGEST", "打印机")]
    for ticket in tickets:
        run(ticket, "assign", cast.lead, team=cast.applications, assignee=cast.agent2)
        reply(ticket, cast.requester, "还是不行")
    deliver()
    run(tickets[0], "assign", cast.lead, assignee=cast.liaison)
    confide(tickets[0], cast.lead, named_only=True)
    mailoutbox.clear()
    deliver(after=timedelta(days=1, hours=1))
    (summary,) = [mail for mail in mailoutbox if mail.to == ["agent2@example.com"]]
    assert "打印机" in summary.body
    assert "CANARY" not in summary.body + str(summary.alternatives)
