"""The trail can't be changed quietly, and a change made behind its back shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, make_ticket, reply
from tickets.models import AuditAnchor, Message, Ticket, TicketEvent, WaitingReason
from tickets.services import audit
from tickets.signals import ticket_event_recorded


@pytest.fixture
def ticket(cast):
    ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
    reply(ticket, cast.agent)
    return ticket


def behind_its_back(sql: str, params: list[object]) -> None:
    """Run SQL as the database's owner with the triggers off, the way an intruder would."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            for verb in ("UPDATE", "DELETE"):
                cursor.execute(f"DROP TRIGGER IF EXISTS tickets_ticketevent_no_{verb}")
        cursor.execute(sql, params)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")


def problems() -> list[tuple[str, str, str]]:
    return [(item.table, item.ticket, item.problem) for item in audit.verify()]


@pytest.mark.parametrize("table", ["tickets_ticketevent", "tickets_auditanchor"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET created_at = created_at", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete_audit_rows(ticket, table, sql):
    audit.make_anchor(at=timezone.now() + timedelta(hours=1))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table))
    assert problems() == []


def test_an_altered_event_is_named(ticket):
    event = ticket.events.get(sequence=2)
    behind_its_back("UPDATE tickets_ticketevent SET reason = 'forged' WHERE id = %s", [event.pk])
    assert problems() == [("event", ticket.number, "was altered")]


def test_a_removed_event_is_named(ticket):
    behind_its_back("DELETE FROM tickets_ticketevent WHERE id = %s", [ticket.events.get(sequence=2).pk])
    assert ("event", ticket.number, "event 2 is missing") in problems()


def test_a_cut_tail_is_named(ticket):
    behind_its_back("DELETE FROM tickets_ticketevent WHERE ticket_id = %s AND sequence > 2", [ticket.pk])
    assert problems() == [("ticket", ticket.number, "last events are missing")]


def test_a_cut_tail_with_a_forged_version_shows_against_the_anchor(ticket):
    audit.make_anchor(at=timezone.now() + timedelta(hours=1))
    behind_its_back("DELETE FROM tickets_ticketevent WHERE ticket_id = %s AND sequence > 2", [ticket.pk])
    Ticket.objects.filter(pk=ticket.pk).update(version=2)
    assert [table for table, _number, _problem in problems()] == ["anchor"]


def test_an_altered_message_is_named(ticket):
    Message.objects.filter(ticket=ticket).update(body="forged")
    assert problems() == [("message", ticket.number, "was altered")]


def test_an_altered_message_that_was_sent_with_a_command_is_named(ticket):
    data = {
        "waiting_reason": WaitingReason.objects.get(code="user"),
        "next_action_at": timezone.now() + timedelta(days=1),
    }
    message = reply(ticket, ticket.assignee, "请发一张截图", then="wait", data=data)
    assert problems() == []
    Message.objects.filter(pk=message.pk).update(body="forged")
    assert problems() == [("message", ticket.number, "was altered")]


def test_the_anchor_is_made_once_a_day_and_exported(ticket, settings):
    later = timezone.now() + timedelta(hours=1)
    anchor = audit.make_anchor(at=later)
    assert audit.make_anchor(at=later) is None
    assert anchor is not None
    assert anchor.event_count == TicketEvent.objects.count()
    exported = (settings.DATA_DIR / "anchors" / f"{anchor.day.isoformat()}.json").read_text()
    assert anchor.digest in exported
    assert AuditAnchor.objects.count() == 1


def test_an_act_that_fails_leaves_nothing(cast):
    def clock_that_cannot_follow(**kwargs):
        raise RuntimeError("clock")

    ticket_event_recorded.connect(clock_that_cannot_follow)
    try:
        with pytest.raises(RuntimeError):
            make_ticket(cast.requester)
    finally:
        ticket_event_recorded.disconnect(clock_that_cannot_follow)
    assert not Ticket.objects.exists()
    assert not OutboxMessage.objects.exists()
    assert make_ticket(cast.requester).number == "10001"
