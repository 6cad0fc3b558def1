"""A major incident's acts: who may, what is refused, and that everybody hears once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from helpdesk import periodic
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible, StaleVersion, Unprocessable
from helpdesk.common.models import OutboxMessage
from helpdesk.invariants import overdue_incident_work
from tests.factories import bring_to, make_ticket, resolution, run
from tests.incidents.acts import ALL, EN, ZH, declaration, declared, link, tell, work
from tickets import doorbell, tasks
from tickets.models import IncidentDelivery, IncidentLink, IncidentUpdate, MajorIncident, Ticket, TicketEvent
from tickets.services import incident_updates, incident_work
from tickets.services.audit import verify
from tickets.services.incident_endings import PlannedAction, Review, close_review, resolve, resolve_linked
from tickets.services.incident_links import join, link_tickets, unlink_ticket
from tickets.services.incident_updates import Word, post_update_once
from tickets.services.incidents import Declaration, declare, edit, tell_overdue
from tickets.services.leaving import open_incidents_in_charge

pytestmark = pytest.mark.django_db


def told(topic: str, channel: str = "email") -> list[str]:
    rows = OutboxMessage.objects.filter(topic=topic, channel=channel).select_related("recipient")
    return sorted(row.recipient.username for row in rows)


class TestDeclaring:
    def test_it_gets_a_number_of_its_own_series(self, cast, parent):
        incident = declared(parent, cast.agent)
        other = declared(make_ticket(cast.requester2), cast.agent)
        assert (incident.number, other.number) == ("MI-001", "MI-002")
        assert (incident.ticket, incident.commander, incident.state) == (parent, cast.agent, "open")
        assert incident.next_update_due_at == incident.declared_at + timedelta(minutes=60)
        assert (incident.severity, other.severity) == (2, 3)

    def test_it_is_one_act_on_the_ticket(self, cast, parent):
        before = parent.version
        incident = declared(parent, cast.agent)
        assert parent.version == before + 1
        event = parent.events.get(sequence=parent.version)
        assert (event.code, event.actor, event.reason) == ("incident_declared", cast.agent, "全公司无法登录")
        assert event.data["incident"] == incident.pk
        assert verify() == []
        assert incident.history.count() == 1

    def test_commander_communication_lead_and_team_leads_are_told_once(self, cast, parent):
        cast.applications.lead = cast.agent2
        cast.applications.save()
        declared(parent, cast.lead, commander=cast.agent2, communication_lead=cast.agent)
        assert told("incident_declared") == ["agent", "agent2"]
        assert told("incident_declared", "in_app") == ["agent", "agent2"]

    def test_a_second_one_of_the_same_ticket_is_refused_and_leaves_no_gap(self, cast, parent):
        declared(parent, cast.agent)
        with pytest.raises(Conflict) as refusal:
            declared(parent, cast.agent)
        assert (refusal.value.code, refusal.value.extra) == ("already_declared", {"number": "MI-001"})
        assert declared(make_ticket(cast.requester), cast.agent).number == "MI-002"

    def test_only_who_may_work_on_the_ticket_declares(self, cast, parent):
        with pytest.raises(NotAllowed):
            declared(parent, cast.requester, commander=cast.agent)
        run(parent, "assign", cast.lead, team=cast.first_line)
        with pytest.raises(NotAllowed):
            declared(parent, cast.agent2, commander=cast.agent)
        with pytest.raises(NotAllowed):
            declared(parent, cast.admin, commander=cast.agent)
        with pytest.raises(NotVisible):
            declared(parent, cast.requester2, commander=cast.agent)
        assert declared(parent, cast.lead, commander=cast.agent2).commander == cast.agent2

    def test_closed_confidential_and_linked_tickets_are_refused(self, cast, parent):
        closed = bring_to(make_ticket(cast.requester), "closed", cast.agent)
        secret = make_ticket(cast.requester)
        Ticket.objects.filter(pk=secret.pk).update(is_confidential=True, team=cast.first_line)
        linked = make_ticket(cast.requester)
        link(declared(parent, cast.agent), cast.agent, linked)
        for ticket, code in ((closed, "closed"), (secret, "confidential"), (linked, "already_linked")):
            with pytest.raises(Conflict) as refusal:
                declared(ticket, cast.agent)
            assert refusal.value.code == code

    def test_the_people_in_charge_are_active_people_of_the_desk(self, cast, parent):
        for person in (cast.requester, cast.leaver, cast.admin):
            with pytest.raises(InvalidInput) as refusal:
                declared(parent, cast.agent, commander=person, communication_lead=cast.agent)
            assert list(refusal.value.fields) == ["commander"]
        assert not MajorIncident.objects.exists()

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"title_zh": " ", "title_en": ""}, "title_zh"),
            ({"reason": ""}, "reason"),
            ({"service": None}, ""),
            ({"severity": 4}, "severity"),
            ({"update_every_minutes": 0}, "update_every_minutes"),
            ({"update_every_minutes": 10_081}, "update_every_minutes"),
            ({"title_en": "x" * 201}, "title_en"),
            ({"text_zh": "x" * 2001}, "text_zh"),
        ],
    )
    def test_bad_answers_are_refused_by_name(self, cast, parent, said, field):
        if not field:
            assert declared(parent, cast.agent, **said).service == parent.category
            return
        with pytest.raises(InvalidInput) as refusal:
            declared(parent, cast.agent, **said)
        assert list(refusal.value.fields) == [field]

    def test_an_expectation_lies_ahead(self, cast, parent):
        with pytest.raises(InvalidInput) as refusal:
            declared(parent, cast.agent, expected_by_at=timezone.now() - timedelta(minutes=1))
        assert list(refusal.value.fields) == ["expected_by_at"]

    def test_the_system_declares_with_the_service_for_a_title(self, cast, parent):
        incident = declare(
            ticket_id=parent.pk, actor=None, declaration=Declaration(commander=cast.lead), at=timezone.now()
        )
        assert (incident.title_zh, incident.title_en) == (parent.category.name_zh, parent.category.name_en)
        assert (incident.declared_by, incident.communication_lead) == (None, cast.lead)
        assert incident.announced_at is None
        assert parent.events.get(code="incident_declared").actor is None
        assert told("incident_declared") == ["lead"]

    def test_the_system_declares_what_nobody_has_classified(self, cast):
        ticket = make_ticket(cast.requester)
        incident = declare(
            ticket_id=ticket.pk, actor=None, declaration=Declaration(commander=cast.agent), at=timezone.now()
        )
        assert (incident.title_en, incident.service, incident.severity) == ("Major incident", None, 3)

    def test_a_stale_version_is_refused(self, cast, parent):
        with pytest.raises(StaleVersion):
            declare(
                ticket_id=parent.pk,
                actor=cast.agent,
                declaration=declaration(cast.agent),
                at=timezone.now(),
                version=parent.version - 1,
            )


class TestChanging:
    def test_roles_and_titles_change_with_history_and_event(self, cast, parent):
        incident = declared(parent, cast.agent)
        edit(
            incident_id=incident.pk,
            actor=cast.agent,
            version=1,
            changes={"commander": cast.lead, "title_en": "Finance is down"},
            at=timezone.now(),
        )
        incident.refresh_from_db()
        assert (incident.commander, incident.title_en, incident.version) == (cast.lead, "Finance is down", 2)
        assert incident.history.count() == 2
        assert parent.events.get(code="incident_changed").data["changed"] == ["commander", "title_en"]

    def test_a_new_cadence_counts_from_the_last_word(self, cast, parent):
        incident = declared(parent, cast.agent)
        edit(
            incident_id=incident.pk,
            actor=cast.agent,
            version=1,
            changes={"update_every_minutes": 30},
            at=timezone.now(),
        )
        incident.refresh_from_db()
        assert incident.next_update_due_at == incident.declared_at + timedelta(minutes=30)

    def test_a_stale_version_and_strangers_are_refused(self, cast, parent):
        run(parent, "assign", cast.lead, team=cast.first_line)
        incident = declared(parent, cast.agent)
        change = {"incident_id": incident.pk, "changes": {"severity": 2}, "at": timezone.now()}
        with pytest.raises(StaleVersion):
            edit(actor=cast.agent, version=9, **change)
        with pytest.raises(NotAllowed):
            edit(actor=cast.agent2, version=1, **change)
        with pytest.raises(NotVisible):
            edit(actor=cast.requester, version=1, **change)
        edit(actor=cast.agent, version=1, **{**change, "changes": {}})
        assert MajorIncident.objects.get().version == 1

    def test_who_left_stays_until_somebody_changes_that(self, cast, parent):
        incident = declared(parent, cast.agent, commander=cast.agent2)
        cast.agent2.is_active = False
        cast.agent2.save()
        edit(incident_id=incident.pk, actor=cast.agent, version=1, changes={"severity": 2}, at=timezone.now())
        assert MajorIncident.objects.get().severity == 2


class TestLinking:
    def test_linked_tickets_get_an_event_each(self, cast, parent):
        incident = declared(parent, cast.agent)
        tickets = [make_ticket(cast.requester2), make_ticket(cast.colleague)]
        link(incident, cast.agent, *tickets)
        for ticket in tickets:
            assert ticket.events.get(code="incident_linked").data == {"incident": incident.pk}
        link(incident, cast.agent, *tickets)
        assert IncidentLink.objects.count() == 2
        assert verify() == []

    def test_one_that_cannot_be_linked_stops_them_all(self, cast, parent):
        incident = declared(parent, cast.agent)
        good, closed = make_ticket(cast.requester), bring_to(make_ticket(cast.requester), "cancelled", cast.agent)
        with pytest.raises(Conflict) as refusal:
            link(incident, cast.agent, good, closed)
        assert refusal.value.code == "closed"
        assert not IncidentLink.objects.exists()

    def test_a_ticket_has_one_open_incident(self, cast, parent):
        first = declared(parent, cast.agent)
        second = declared(make_ticket(cast.requester2), cast.agent)
        ticket = make_ticket(cast.requester)
        link(first, cast.agent, ticket)
        with pytest.raises(Conflict) as refusal:
            link(second, cast.agent, ticket)
        assert (refusal.value.code, refusal.value.extra) == ("already_linked", {"number": "MI-001"})
        with pytest.raises(Conflict) as refusal:
            link(second, cast.agent, parent)
        assert refusal.value.code == "is_parent"
        with pytest.raises(IntegrityError), transaction.atomic():
            IncidentLink.objects.create(incident=second, ticket=ticket, linked_at=timezone.now())
        unlink_ticket(incident_id=first.pk, ticket_id=ticket.pk, actor=cast.agent, at=timezone.now())
        link(second, cast.agent, ticket)
        assert ticket.events.filter(code__startswith="incident_").count() == 3

    def test_the_commander_links_tickets_of_every_team_others_only_their_own(self, cast, parent):
        run(parent, "assign", cast.lead, team=cast.first_line)
        incident = declared(parent, cast.lead, commander=cast.agent2)
        foreign = run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
        link(incident, cast.agent2, foreign)
        theirs = run(make_ticket(cast.requester), "assign", cast.lead, team=cast.first_line)
        with pytest.raises(NotAllowed):
            link(incident, cast.liaison, theirs)
        with pytest.raises(NotAllowed):
            link(incident, cast.admin, theirs)
        with pytest.raises(NotVisible):
            link(incident, cast.requester, make_ticket(cast.requester))

    def test_none_and_too_many_are_refused(self, cast, parent):
        incident = declared(parent, cast.agent)
        for ids in ([], list(range(101))):
            with pytest.raises(InvalidInput):
                link_tickets(incident_id=incident.pk, ticket_ids=ids, actor=cast.agent, at=timezone.now())

    def test_confidential_tickets_of_other_teams_are_not_there(self, cast, parent):
        incident = declared(parent, cast.agent)
        hidden = make_ticket(cast.requester)
        Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True, team=cast.applications)
        with pytest.raises(NotVisible):
            link(incident, cast.agent, hidden)


class TestJoining:
    def test_one_click_makes_one_linked_ticket_with_the_persons_contact_data(self, cast, parent):
        incident = declared(parent, cast.agent, text_zh=ZH, text_en=EN)
        number = join(incident_id=incident.pk, actor=cast.requester2, at=timezone.now())
        assert join(incident_id=incident.pk, actor=cast.requester2, at=timezone.now()) == number
        ticket = Ticket.objects.get(number=number)
        assert (ticket.requester, ticket.contact_name, ticket.contact_phone) == (cast.requester2, "Tom Baker", "6021")
        assert ticket.category == incident.service
        assert ticket.incident_links.get().incident == incident
        assert [event.code for event in ticket.events.order_by("sequence")] == ["submitted", "incident_linked"]

    def test_the_parents_requester_has_a_ticket_already(self, cast, parent):
        incident = declared(parent, cast.agent, text_zh=ZH, text_en=EN)
        assert join(incident_id=incident.pk, actor=cast.requester, at=timezone.now()) == parent.number

    def test_nobody_joins_what_is_not_public_or_over(self, cast, parent):
        incident = declared(parent, cast.agent)
        with pytest.raises(NotVisible):
            join(incident_id=incident.pk, actor=cast.requester2, at=timezone.now())
        tell(incident, cast.agent)
        run(parent, "resolve", cast.agent, **resolution())
        resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
        with pytest.raises(Conflict):
            join(incident_id=incident.pk, actor=cast.requester2, at=timezone.now())


class TestTelling:
    def test_every_linked_ticket_gets_the_update_and_every_requester_one_notice(self, cast, parent):
        incident = declared(parent, cast.agent)
        tickets = [make_ticket(cast.requester2) for _ in range(2)] + [make_ticket(cast.colleague)]
        link(incident, cast.agent, *tickets)
        update = tell(incident, cast.agent, to=frozenset({"requesters"}))
        assert work() == {"incident_updates_delivered": 3}
        assert work() == {}
        for ticket in (*tickets, parent):
            event = ticket.events.get(code="incident_update")
            assert (event.data["update"], event.is_public) == (update.pk, True)
            assert EN not in str(event.data)
        assert told("incident_update") == ["colleague", "requester", "requester2"]
        assert told("incident_update", "in_app") == ["colleague", "requester", "requester2"]
        assert verify() == []

    def test_the_next_word_is_due_a_cadence_later(self, cast, parent):
        incident = declared(parent, cast.agent, update_every_minutes=20)
        at = timezone.now() + timedelta(minutes=7)
        tell(incident, cast.agent, at=at)
        assert incident.next_update_due_at == at + timedelta(minutes=20)

    def test_the_banner_says_what_the_newest_banner_update_says(self, cast, parent):
        incident = declared(parent, cast.agent)
        tell(incident, cast.agent, zh="第一条", en="One")
        tell(incident, cast.agent, zh="内部", en="Two", to=frozenset({"leads"}))
        assert (incident.public_text_zh, incident.public_text_en) == ("第一条", "One")
        assert not IncidentDelivery.objects.exists()

    def test_leads_alone_are_told_inside(self, cast, parent):
        incident = declared(parent, cast.agent)
        tell(incident, cast.agent, to=frozenset({"leads"}))
        assert told("incident_update") == ["lead"]
        assert not parent.events.get(code="incident_update").is_public

    def test_a_missing_language_is_refused_unless_forced(self, cast, parent):
        incident = declared(parent, cast.agent)
        for zh, en, field in (("", EN, "text_zh"), (ZH, " ", "text_en"), ("", "", "text_zh")):
            with pytest.raises(InvalidInput) as refusal:
                tell(incident, cast.agent, zh=zh, en=en)
            assert list(refusal.value.fields) == [field]
        with pytest.raises(InvalidInput):
            tell(incident, cast.agent, zh="", en="", is_forced=True)
        tell(incident, cast.agent, zh="", en=EN, is_forced=True)
        assert incident.public_text == EN

    @pytest.mark.parametrize("to", [frozenset(), frozenset({"press"})])
    def test_an_audience_has_to_be_chosen(self, cast, parent, to):
        with pytest.raises(InvalidInput) as refusal:
            tell(declared(parent, cast.agent), cast.agent, to=to)
        assert list(refusal.value.fields) == ["audiences"]

    def test_a_form_sent_twice_posts_once(self, cast, parent):
        incident = declared(parent, cast.agent)
        sent = {"key": "k", "incident_id": incident.pk, "actor": cast.agent, "at": timezone.now()}
        first = post_update_once(word=Word(ZH, EN, ALL), **sent)
        assert post_update_once(word=Word(ZH, EN, ALL), **sent) == first
        with pytest.raises(Unprocessable):
            post_update_once(word=Word(ZH, "something else", ALL), **sent)
        assert IncidentUpdate.objects.count() == 1

    def test_only_who_runs_it_speaks_for_it(self, cast, parent):
        run(parent, "assign", cast.lead, team=cast.first_line)
        incident = declared(parent, cast.lead, commander=cast.agent2)
        tell(incident, cast.agent2)
        tell(incident, cast.agent)
        for person in (cast.liaison, cast.admin):
            with pytest.raises(NotAllowed):
                tell(incident, person)

    def test_closed_tickets_get_nothing_more(self, cast, parent):
        incident = declared(parent, cast.agent)
        gone, late = make_ticket(cast.requester2), make_ticket(cast.colleague)
        link(incident, cast.agent, gone, late)
        run(gone, "withdraw", cast.requester2, reason="不需要了")
        tell(incident, cast.agent)
        run(late, "withdraw", cast.colleague, reason="不需要了")
        work()
        assert not TicketEvent.objects.filter(ticket__in=[gone, late], code="incident_update").exists()
        assert told("incident_update") == ["lead", "requester"]

    def test_updates_cannot_be_changed_or_deleted(self, cast, parent):
        update = tell(declared(parent, cast.agent), cast.agent)
        for act in (lambda: IncidentUpdate.objects.update(text_en="x"), update.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()

    def test_five_hundred_linked_tickets_are_rows_first(self, cast, parent, django_assert_max_num_queries):
        incident = declared(parent, cast.agent)
        tickets = [make_ticket(cast.requester2) for _ in range(40)]
        IncidentLink.objects.bulk_create(
            IncidentLink(incident=incident, ticket=ticket, linked_at=timezone.now()) for ticket in tickets
        )
        with django_assert_max_num_queries(40):
            tell(incident, cast.agent)
        assert IncidentDelivery.objects.filter(done_at=None).count() == 40
        work()
        assert Counter(told("incident_update")) == Counter(["lead", "requester", "requester2"])


class TestOverdue:
    def test_both_are_told_once_for_each_due_instant(self, cast, parent):
        incident = declared(parent, cast.lead, commander=cast.agent2, communication_lead=cast.agent)
        due = incident.next_update_due_at
        assert tell_overdue(at=due - timedelta(seconds=1)) == 0
        assert tell_overdue(at=due + timedelta(hours=3)) == 1
        assert tell_overdue(at=due + timedelta(hours=4)) == 0
        assert told("incident_update_overdue") == ["agent", "agent2"]
        tell(incident, cast.agent2, at=due + timedelta(hours=5))
        assert tell_overdue(at=due + timedelta(hours=5, minutes=30)) == 0
        assert tell_overdue(at=due + timedelta(hours=6)) == 1
        assert told("incident_update_overdue") == ["agent", "agent", "agent2", "agent2"]
        event = parent.events.filter(code="incident_update_overdue").first()
        assert (event.actor, event.is_public) == (None, False)
        assert event.data["due_at"] == due.isoformat()

    def test_what_is_resolved_owes_nothing(self, cast, parent):
        incident = declared(parent, cast.agent)
        run(parent, "resolve", cast.agent, **resolution())
        resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
        assert tell_overdue(at=timezone.now() + timedelta(days=1)) == 0


class TestEnding:
    def test_the_parent_is_resolved_first(self, cast, parent):
        incident = declared(parent, cast.agent)
        with pytest.raises(Conflict) as refusal:
            resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
        assert refusal.value.code == "parent_not_resolved"

    def test_ticked_tickets_are_resolved_like_the_parent_the_others_stay(self, cast, parent):
        incident = declared(parent, cast.lead, commander=cast.agent2)
        new, working, other = make_ticket(cast.requester2), make_ticket(cast.colleague), make_ticket(cast.colleague)
        bring_to(working, "in_progress", cast.agent)
        run(working, "assign", cast.lead, team=cast.first_line)
        link(incident, cast.agent2, new, working, other)
        run(parent, "resolve", cast.agent, **resolution())
        resolve(
            incident_id=incident.pk, covered=[new.pk, working.pk], actor=cast.agent2, version=None, at=timezone.now()
        )
        assert work() == {"incident_tickets_ended": 2}
        assert work() == {}
        for ticket in (new, working):
            ticket.refresh_from_db()
            assert (ticket.status, ticket.outcome_id, ticket.solution) == ("resolved", "solved", "重建缓存并刷新")
            assert not ticket.is_first_contact_fix
            event = ticket.events.get(code="resolve")
            assert (event.actor, event.data["incident"]) == (cast.agent2, incident.pk)
        assert (new.category, new.impact) == (parent.category, parent.impact)
        other.refresh_from_db()
        assert (other.status, other.incident_links.get().unlinked_at) == ("new", None)
        incident.refresh_from_db()
        assert (incident.state, incident.next_update_due_at) == ("resolved", None)
        run(new, "confirm", cast.requester2)
        assert new.closure == "confirmed"
        assert verify() == []

    def test_a_ticket_that_was_withdrawn_meanwhile_is_named_not_forced(self, cast, parent):
        incident = declared(parent, cast.agent)
        ticket = make_ticket(cast.requester2)
        link(incident, cast.agent, ticket)
        run(parent, "resolve", cast.agent, **resolution())
        resolve(incident_id=incident.pk, covered=[ticket.pk], actor=cast.agent, version=None, at=timezone.now())
        run(ticket, "withdraw", cast.requester2, reason="好了")
        work()
        row = ticket.incident_links.get()
        assert (row.ending, row.ending_problem) == ("refused", "not_possible_in_status")
        assert not resolve_linked(link_id=row.pk, at=timezone.now())

    def test_what_is_not_linked_or_not_visible_is_refused(self, cast, parent):
        incident = declared(parent, cast.agent)
        hidden = make_ticket(cast.requester)
        link(incident, cast.agent, hidden)
        Ticket.objects.filter(pk=hidden.pk).update(is_confidential=True, team=cast.applications)
        run(parent, "resolve", cast.agent, **resolution())
        for ticket in (make_ticket(cast.requester), hidden):
            with pytest.raises(InvalidInput):
                resolve(incident_id=incident.pk, covered=[ticket.pk], actor=cast.agent, version=None, at=timezone.now())

    def test_the_review_closes_it_once(self, cast, parent):
        incident = declared(parent, cast.agent)
        review = Review(
            "停了", "九点起", "内存", "通知快", [PlannedAction("加监控", cast.lead, parent.created_at.date())]
        )
        given = {"incident_id": incident.pk, "review": review, "actor": cast.agent, "version": None}
        with pytest.raises(Conflict) as refusal:
            close_review(at=timezone.now(), **given)
        assert refusal.value.code == "still_open"
        run(parent, "resolve", cast.agent, **resolution())
        resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
        with pytest.raises(InvalidInput) as invalid:
            close_review(at=timezone.now(), **{**given, "review": Review("", "x", " ", "x")})
        assert list(invalid.value.fields) == ["happened", "cause"]
        kept = close_review(at=timezone.now(), **given)
        assert [(action.what, action.owner) for action in kept.actions.all()] == [("加监控", cast.lead)]
        with pytest.raises(Conflict) as refusal:
            close_review(at=timezone.now(), **given)
        assert refusal.value.code == "already_reviewed"
        incident.refresh_from_db()
        assert incident.state == "reviewed"

    def test_a_sealed_ticket_does_not_keep_the_review_from_being_written(self, cast, parent):
        incident = declared(parent, cast.agent)
        run(parent, "resolve", cast.agent, **resolution())
        resolve(incident_id=incident.pk, covered=[], actor=cast.agent, version=None, at=timezone.now())
        run(parent, "confirm", cast.requester)
        run(parent, "archive", cast.agent)
        close_review(
            incident_id=incident.pk,
            review=Review("a", "b", "c", "d"),
            actor=cast.agent,
            version=None,
            at=timezone.now(),
        )
        assert not parent.events.filter(code="incident_reviewed").exists()


class TestKilledWorkers:
    def test_what_one_broke_off_another_does_once(self, cast, parent, monkeypatch):
        incident = declared(parent, cast.agent)
        tickets = [make_ticket(cast.requester2) for _ in range(3)]
        link(incident, cast.agent, *tickets)
        tell(incident, cast.agent)

        def die(ticket, act, *, before, record=incident_updates.record):
            event = record(ticket, act, before=before)
            if ticket.pk == tickets[1].pk:
                raise RuntimeError("killed after the act, before the commit")
            return event

        with monkeypatch.context() as patch:
            patch.setattr(incident_updates, "record", die)
            assert work() == {"incident_updates_delivered": 2}
        assert not tickets[1].events.filter(code="incident_update").exists()
        later = timezone.now() + timedelta(minutes=5)
        assert len(list(overdue_incident_work(later))) == 1
        assert work() == {"incident_updates_delivered": 1}
        assert [ticket.events.filter(code="incident_update").count() for ticket in tickets] == [1, 1, 1]
        assert list(overdue_incident_work(later)) == []
        assert told("incident_update") == ["lead", "requester", "requester2"]

    def test_the_sweep_does_what_no_worker_did(self, cast, parent):
        incident = declared(parent, cast.agent)
        link(incident, cast.agent, make_ticket(cast.requester2))
        tell(incident, cast.agent)
        late = timezone.now() + timedelta(hours=2)
        assert periodic.sweep(at=late) == {"incident_update_overdue": 1, "incident_updates_delivered": 1}
        assert periodic.sweep(at=late) == {}


def test_a_task_does_a_batch_and_asks_for_the_next_one(cast, parent, monkeypatch):
    rung = []
    monkeypatch.setattr(doorbell, "ring", lambda: rung.append(1))
    monkeypatch.setattr(incident_work, "BATCH", 2)
    incident = declared(parent, cast.agent)
    link(incident, cast.agent, *(make_ticket(cast.requester2) for _ in range(3)))
    tell(incident, cast.agent)
    assert incident_work.run_due(at=timezone.now(), limit=2) == {"incident_updates_delivered": 2}
    tell(incident, cast.agent)
    tasks.incident_work()
    assert rung == [1]
    assert not IncidentDelivery.objects.filter(done_at=None).exists()


def test_who_answers_for_an_incident_hands_it_over_before_leaving(cast, parent):
    declared(parent, cast.agent, commander=cast.agent2)
    (obstacle,) = list(open_incidents_in_charge(cast.agent2))
    assert "MI-001" in obstacle.message
    assert list(open_incidents_in_charge(cast.lead)) == []
