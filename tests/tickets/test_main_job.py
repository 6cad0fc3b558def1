"""One request from submission to archive, through the services."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible, StaleVersion
from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, classification, make_ticket, reply, resolution, run
from tickets.models import Category, Outcome, Ticket, TicketEvent, WaitingReason
from tickets.services import audit
from tickets.services.create import Request, follow_up, submit_ticket
from tickets.services.edit import add_watcher, edit_ticket, remove_watcher
from tickets.services.engine import allowed_rules, run_command
from tickets.services.timers import run_due


def told(ticket: Ticket) -> set[tuple[str, str]]:
    rows = OutboxMessage.objects.filter(subject_id=ticket.pk, channel="email")
    return set(rows.values_list("topic", "recipient__username"))


def test_the_whole_way_from_request_to_archive(cast):
    ticket = make_ticket(cast.requester, impact="department", urgency="blocked")
    assert (ticket.status, ticket.version, ticket.priority) == ("new", 1, "P2")
    assert ticket.contact_department == "财务部"
    run(ticket, "classify", cast.agent, **classification())
    run(ticket, "accept", cast.agent)
    assert (ticket.status, ticket.assignee, ticket.accepted_by) == ("in_progress", cast.agent, cast.agent)
    reply(ticket, cast.agent)
    assert ticket.first_response_at is not None
    run(ticket, "resolve", cast.agent, **resolution())
    assert ticket.confirm_by_at == ticket.resolved_at + timedelta(days=5)
    run(ticket, "confirm", cast.requester)
    assert (ticket.status, ticket.closure) == ("closed", "confirmed")
    run(ticket, "archive", cast.agent)
    codes = list(ticket.events.order_by("sequence").values_list("code", flat=True))
    assert codes == ["submitted", "classify", "accept", "replied", "resolve", "confirm", "archive"]
    assert ticket.version == len(codes) == ticket.history.count()
    assert audit.verify() == []
    assert told(ticket) == {
        ("received", "requester"),
        ("accepted", "requester"),
        ("reply", "requester"),
        ("resolved", "requester"),
        ("closed", "agent"),
    }


def test_an_archived_ticket_is_sealed(cast):
    ticket = run(bring_to(make_ticket(cast.requester), "closed", cast.agent), "archive", cast.agent)
    with pytest.raises(Conflict) as caught:
        run(ticket, "reopen", cast.requester, reason="又坏了")
    assert caught.value.code == "archived"
    with pytest.raises(Conflict):
        reply(ticket, cast.agent, kind="internal")
    with pytest.raises(Conflict):
        edit_ticket(
            ticket_id=ticket.pk, actor=cast.agent, version=ticket.version, changes={"subject": "x"}, at=timezone.now()
        )
    assert allowed_rules(ticket, cast.agent, timezone.now()) == ()


@pytest.mark.parametrize("missing", ["category", "impact", "urgency"])
def test_classifying_needs_category_impact_and_urgency(cast, missing):
    data = {**classification(), missing: None}
    with pytest.raises(InvalidInput) as caught:
        run(make_ticket(cast.requester), "classify", cast.agent, **data)
    assert list(caught.value.fields) == [missing]


@pytest.mark.parametrize("missing", ["outcome", "cause", "solution", "advice", "verification"])
def test_resolving_needs_outcome_cause_solution_advice_and_verification(cast, missing):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    with pytest.raises(InvalidInput) as caught:
        run(ticket, "resolve", cast.agent, **{**resolution(), missing: "  "})
    assert list(caught.value.fields) == [missing]
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"


def test_reclassifying_needs_a_reason_and_recomputes_the_priority(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    data = {**classification(), "impact": "organisation", "urgency": "stopped"}
    with pytest.raises(InvalidInput):
        run(ticket, "classify", cast.agent, **data)
    run(ticket, "classify", cast.agent, **data, reason="全公司都受影响")
    event = ticket.events.latest("sequence")
    assert (ticket.priority, event.reason) == ("P1", "全公司都受影响")
    assert event.data["changes"]["priority"] == ["P2", "P1"]


def test_a_ticket_lands_with_the_team_of_its_category_or_of_the_one_above(cast):
    parent = Category.objects.get(code="business_apps")
    parent.team = cast.applications
    parent.save()
    ticket = make_ticket(cast.requester, category=Category.objects.get(code="business_finance"))
    assert ticket.team == cast.applications


def test_waiting_needs_a_reason_and_a_date_to_come_and_ends_by_itself(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    now = timezone.now()
    reason = WaitingReason.objects.get(code="vendor")
    with pytest.raises(InvalidInput):
        run(ticket, "wait", cast.agent, waiting_reason=reason)
    with pytest.raises(InvalidInput) as caught:
        run(ticket, "wait", cast.agent, waiting_reason=reason, next_action_at=now - timedelta(minutes=1))
    assert list(caught.value.fields) == ["next_action_at"]
    run(ticket, "wait", cast.agent, waiting_reason=reason, next_action_at=now + timedelta(hours=3))
    assert run_due(at=now + timedelta(hours=2)) == {}
    assert run_due(at=now + timedelta(hours=3)) == {"resume": 1}
    assert run_due(at=now + timedelta(hours=3)) == {}
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_reason, ticket.next_action_at) == ("in_progress", None, None)
    assert ticket.events.latest("sequence").actor is None


def test_the_requesters_answer_ends_waiting_for_the_user(cast):
    ticket = bring_to(make_ticket(cast.requester), "waiting", cast.agent)
    reply(ticket, cast.requester, "照片已附上")
    assert (ticket.status, ticket.waiting_reason) == ("in_progress", None)
    assert ticket.events.latest("sequence").code == "replied"


def test_reject_needs_a_reason_and_goes_back_to_the_same_person(cast):
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    with pytest.raises(InvalidInput):
        run(ticket, "reject", cast.requester)
    run(ticket, "reject", cast.requester, reason="还是白屏")
    assert (ticket.status, ticket.assignee, ticket.reopen_count, ticket.confirm_by_at) == (
        "in_progress",
        cast.agent,
        1,
        None,
    )
    assert ("reopened", "agent") in told(ticket)


def test_closing_without_confirmation_is_refused_until_the_announced_days_are_over(cast):
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    with pytest.raises(Conflict) as caught:
        run(ticket, "close", cast.agent)
    assert caught.value.code == "confirmation_not_overdue"
    late = ticket.confirm_by_at + timedelta(seconds=1)
    run(ticket, "close", cast.agent, at=late)
    assert (ticket.status, ticket.closure) == ("closed", "unconfirmed")


def test_silence_is_reminded_then_closed_unconfirmed_then_archived(cast):
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    start = ticket.resolved_at
    assert run_due(at=start + timedelta(days=2)) == {"reminded": 1}
    assert run_due(at=start + timedelta(days=4)) == {"reminded": 1}
    assert run_due(at=start + timedelta(days=5)) == {"close": 1}
    assert run_due(at=start + timedelta(days=35)) == {"archive": 1}
    ticket.refresh_from_db()
    assert (ticket.closure, ticket.is_archived) == ("unconfirmed", True)


def test_a_sweep_that_was_away_reminds_only_once(cast):
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    assert run_due(at=ticket.resolved_at + timedelta(days=4, hours=12)) == {"reminded": 1}
    assert run_due(at=ticket.resolved_at + timedelta(days=4, hours=12)) == {}


def test_an_accepted_workaround_is_told_apart(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    run(ticket, "resolve", cast.agent, **resolution("workaround"))
    run(ticket, "confirm", cast.requester)
    assert ticket.closure == "workaround_accepted"


def test_staff_record_a_spoken_confirmation_only_with_how_it_was_given(cast):
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    with pytest.raises(InvalidInput):
        run(ticket, "confirm", cast.agent)
    run(ticket, "confirm", cast.agent, reason="电话确认，王敏本人")
    assert ticket.events.latest("sequence").reason == "电话确认，王敏本人"


def test_a_closed_ticket_reopens_inside_the_window_and_gets_a_follow_up_later(cast):
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    late = ticket.closed_at + timedelta(days=14)
    with pytest.raises(Conflict) as caught:
        run(ticket, "reopen", cast.requester, at=late, reason="又出现了")
    assert caught.value.code == "reopen_window_over"
    request = Request(subject="又白屏", description="同样的问题", kind=ticket.kind)
    new = follow_up(ticket_id=ticket.pk, request=request, actor=cast.requester, at=late, channel="portal")
    assert (new.follow_up_of, new.requester) == (ticket, cast.requester)
    run(ticket, "reopen", cast.requester, reason="又出现了")
    assert (ticket.status, ticket.assignee, ticket.closure) == ("in_progress", cast.agent, "")


def test_a_follow_up_of_an_open_ticket_is_refused(cast):
    ticket = make_ticket(cast.requester)
    request = Request(subject="x", description="y", kind=ticket.kind)
    with pytest.raises(Conflict):
        follow_up(ticket_id=ticket.pk, request=request, actor=cast.requester, at=timezone.now(), channel="portal")


def test_solved_at_first_contact_is_one_act(cast):
    request = Request(subject="忘记密码", description="电话", kind=make_ticket(cast.requester).kind, **classification())
    ticket = submit_ticket(
        request=request,
        requester=cast.requester,
        actor=cast.agent,
        channel="phone",
        at=timezone.now(),
        resolution=resolution(),
    )
    assert (ticket.status, ticket.is_first_contact_fix, ticket.assignee, ticket.reported_by) == (
        "resolved",
        True,
        cast.agent,
        cast.agent,
    )
    assert ticket.events.count() == 1
    assert told(ticket) == {("resolved", "requester")}


def test_requesters_cannot_record_a_solution(cast):
    request = Request(subject="x", description="y", kind=make_ticket(cast.requester).kind, **classification())
    with pytest.raises(NotAllowed):
        submit_ticket(
            request=request,
            requester=cast.requester,
            actor=cast.requester,
            channel="portal",
            at=timezone.now(),
            resolution=resolution(),
        )


def test_submitting_for_a_colleague_keeps_both_people(cast):
    ticket = make_ticket(cast.colleague, actor=cast.requester)
    assert (ticket.requester, ticket.reported_by, ticket.contact_name) == (cast.colleague, cast.requester, "周航")
    assert told(ticket) == {("received", "colleague"), ("received", "requester")}


def test_nobody_submits_for_strangers_or_for_people_who_left(cast):
    for person in (cast.requester2, cast.leaver):
        with pytest.raises(NotAllowed):
            make_ticket(person, actor=cast.requester)


def test_contact_data_is_a_snapshot(cast):
    ticket = make_ticket(cast.requester, contact_phone="138 0000 0000")
    cast.requester.phone = "9999"
    cast.requester.location = "搬走了"
    cast.requester.save()
    ticket.refresh_from_db()
    assert (ticket.contact_phone, ticket.contact_location) == ("138 0000 0000", "A 座 12-047")


def test_an_old_version_is_refused_and_the_new_one_named(cast):
    ticket = make_ticket(cast.requester)
    run(ticket, "accept", cast.agent)
    with pytest.raises(StaleVersion) as caught:
        run_command(
            ticket_id=ticket.pk,
            command="classify",
            actor=cast.agent,
            version=1,
            at=timezone.now(),
            data=classification(),
        )
    assert caught.value.extra == {"version": 2}


def test_a_reply_over_somebody_elses_new_message_is_refused_but_over_ones_own_act_is_not(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    seen = ticket.version
    run(ticket, "classify", cast.agent, **classification(), reason="更正")
    reply(ticket, cast.agent, version=seen)
    with pytest.raises(StaleVersion):
        reply(ticket, cast.lead, version=seen)


def test_agents_of_other_teams_read_and_note_but_do_not_act(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    with pytest.raises(NotAllowed):
        run(ticket, "resolve", cast.agent2, **resolution())
    with pytest.raises(NotAllowed):
        reply(ticket, cast.agent2)
    assert reply(ticket, cast.agent2, kind="internal").kind == "internal"
    run(ticket, "assign", cast.agent, team=cast.applications)
    assert (ticket.team, ticket.assignee) == (cast.applications, None)
    run(ticket, "accept", cast.agent2)
    assert ticket.assignee == cast.agent2


def test_nobody_accepts_what_was_given_to_somebody_else(cast):
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, assignee=cast.agent)
    assert ("assigned", "agent") in told(ticket)
    with pytest.raises(Conflict) as caught:
        run(ticket, "accept", cast.lead)
    assert caught.value.code == "assigned_to_other"


@pytest.mark.parametrize("who", ["requester", "leaver", "admin"])
def test_work_is_given_only_to_agents(cast, who):
    with pytest.raises(InvalidInput) as caught:
        run(make_ticket(cast.requester), "assign", cast.lead, assignee=getattr(cast, who))
    assert list(caught.value.fields) == ["assignee"]


def test_foreign_tickets_do_not_exist(cast):
    ticket = make_ticket(cast.requester)
    with pytest.raises(NotVisible):
        run(ticket, "withdraw", cast.requester2, reason="x")
    assert not Ticket.objects.visible_to(cast.requester2).exists()


def test_confidential_tickets_are_hidden_from_the_rest_of_the_desk_and_from_administrators(cast):
    ticket = make_ticket(cast.requester)
    ticket.is_confidential, ticket.team = True, cast.first_line
    ticket.save()
    seen = {
        name
        for name, person in cast.everybody().items()
        if Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()
    }
    assert seen == {"requester", "agent", "lead"}


def test_watchers_read_along_until_removed(cast):
    ticket = make_ticket(cast.requester)
    add_watcher(ticket_id=ticket.pk, actor=cast.requester, person=cast.colleague, at=timezone.now())
    add_watcher(ticket_id=ticket.pk, actor=cast.requester, person=cast.colleague, at=timezone.now())
    assert Ticket.objects.visible_to(cast.colleague).filter(pk=ticket.pk).exists()
    run(ticket, "accept", cast.agent)
    assert ("accepted", "colleague") in told(ticket)
    with pytest.raises(InvalidInput):
        add_watcher(ticket_id=ticket.pk, actor=cast.requester, person=cast.requester2, at=timezone.now())
    remove_watcher(ticket_id=ticket.pk, actor=cast.colleague, person=cast.colleague, at=timezone.now())
    assert not Ticket.objects.visible_to(cast.colleague).filter(pk=ticket.pk).exists()
    assert TicketEvent.objects.filter(ticket=ticket, code="watcher_added").count() == 1


def test_details_can_be_corrected_by_the_requester_until_work_begins(cast):
    ticket = make_ticket(cast.requester)
    edit_ticket(
        ticket_id=ticket.pk,
        actor=cast.requester,
        version=1,
        changes={"device_ip": "10.2.0.4", "subject": "登录白屏"},
        at=timezone.now(),
    )
    ticket.refresh_from_db()
    assert (ticket.device_ip, ticket.version) == ("10.2.0.4", 2)
    assert ticket.events.latest("sequence").data["edited"] == ["subject", "device_ip"]
    run(ticket, "accept", cast.agent)
    with pytest.raises(NotAllowed):
        edit_ticket(ticket_id=ticket.pk, actor=cast.requester, version=3, changes={"subject": "x"}, at=timezone.now())


def test_an_edit_that_changes_nothing_leaves_no_trace(cast):
    ticket = make_ticket(cast.requester)
    edit_ticket(
        ticket_id=ticket.pk, actor=cast.requester, version=1, changes={"subject": ticket.subject}, at=timezone.now()
    )
    assert ticket.events.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"description": "a\x00b"}, "description"),
        ({"error_message": "a\ud800b"}, "error_message"),
        ({"device_ip": "10.2.0"}, "device_ip"),
        ({"occurred_at": timezone.now() + timedelta(days=1)}, "occurred_at"),
        ({"status": "closed"}, "status"),
    ],
)
def test_bad_details_are_refused_by_name(cast, changes, field):
    ticket = make_ticket(cast.requester)
    with pytest.raises(InvalidInput) as caught:
        edit_ticket(ticket_id=ticket.pk, actor=cast.requester, version=1, changes=changes, at=timezone.now())
    assert list(caught.value.fields) == [field]


def test_every_problem_of_a_submission_is_named_at_once(cast):
    kind = make_ticket(cast.requester).kind
    request = Request(subject=" ", description="\x00", kind=kind, device_ip="nowhere")
    with pytest.raises(InvalidInput) as caught:
        submit_ticket(
            request=request, requester=cast.requester, actor=cast.requester, channel="portal", at=timezone.now()
        )
    assert set(caught.value.fields) == {"subject", "description", "device_ip"}


def test_retired_entries_cannot_be_chosen_anew(cast):
    category = Category.objects.get(code="consulting")
    category.is_retired = True
    category.save()
    with pytest.raises(InvalidInput):
        run(make_ticket(cast.requester), "classify", cast.agent, **{**classification(), "category": category})


def test_a_public_message_on_a_closed_ticket_is_refused_with_what_to_do(cast):
    ticket = bring_to(make_ticket(cast.requester), "closed", cast.agent)
    with pytest.raises(Conflict) as caught:
        reply(ticket, cast.requester, "又坏了")
    assert caught.value.code == "closed"


def test_reply_and_wait_are_one_act(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    before = ticket.version
    data = {
        "waiting_reason": WaitingReason.objects.get(code="user"),
        "next_action_at": timezone.now() + timedelta(days=2),
    }
    reply(ticket, cast.agent, "请发一张截图", then="wait", data=data)
    assert (ticket.status, ticket.version) == ("waiting", before + 1)
    event = ticket.events.latest("sequence")
    assert (event.code, event.message.body, event.is_public) == ("wait", "请发一张截图", True)
    assert ("action_needed", "requester") in told(ticket)


def test_outcomes_that_are_workarounds_are_configured(cast):
    assert set(Outcome.objects.filter(is_workaround=True).values_list("code", flat=True)) == {"workaround"}
